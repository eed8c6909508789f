#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace heaters::web {

// The bytes [begin, end).
struct ByteSpan {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t length() const { return end - begin; }
  bool operator==(const ByteSpan&) const = default;
};

enum class RangeKind {
  Whole,         // no range, or one that is to be ignored: 200
  Part,          // 206
  Unsatisfiable  // 416
};

struct RangeChoice {
  RangeKind kind = RangeKind::Whole;
  ByteSpan span;  // of Whole and Part
};

// What a request for a part of `size` bytes is to be answered with (RFC 9110, 14.2): one range of bytes; more
// than one, other units and what is malformed are answered with the whole. `if_range` is the header's value,
// empty when there was none: unless it is the strong `etag`, the whole is due.
RangeChoice choose_range(std::string_view range, std::string_view if_range, std::string_view etag,
                         std::uint64_t size);

// Whether an If-None-Match header names the etag (RFC 9110, 13.1.2: weak comparison).
bool matches_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace heaters::web

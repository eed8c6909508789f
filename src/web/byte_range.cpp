#include "web/byte_range.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"

namespace heaters::web {

namespace {

// Digits only: no sign, no space. Numbers too large to hold are as good as endless.
std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc::result_out_of_range ? UINT64_MAX : value;
}

}  // namespace

RangeChoice choose_range(std::string_view range, std::string_view if_range, std::string_view etag,
                         std::uint64_t size) {
  const RangeChoice whole{RangeKind::Whole, {0, size}};
  constexpr std::string_view unit = "bytes=";
  if (lower_case(range.substr(0, unit.size())) != unit) return whole;
  if (!if_range.empty() && if_range != etag) return whole;
  const std::string_view spec = trimmed(range.substr(unit.size()));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return whole;
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);
  const auto last = parse_number(last_text);
  if (first_text.empty()) {
    if (!last) return whole;
    if (*last == 0 || size == 0) return {RangeKind::Unsatisfiable, {}};
    return {RangeKind::Part, {size - std::min(*last, size), size}};
  }
  const auto first = parse_number(first_text);
  if (!first || (!last && !last_text.empty()) || (last && *last < *first)) return whole;
  if (*first >= size) return {RangeKind::Unsatisfiable, {}};
  const std::uint64_t end = last ? std::min(*last, size - 1) + 1 : size;
  return {RangeKind::Part, {*first, end}};
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  if (trimmed(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    const auto comma = if_none_match.find(',');
    std::string_view each = trimmed(if_none_match.substr(0, comma));
    if (each.starts_with("W/")) each.remove_prefix(2);
    if (each == etag) return true;
    if (comma == std::string_view::npos) return false;
    if_none_match.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace heaters::web

#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace heaters {

// Text of a new identifier: a ULID (github.com/ulid/spec), 26 characters of Crockford base32 in lower case,
// so that ids sort by creation time and are safe in URLs and file names. Thread-safe.
std::string new_ulid();

// Whether `text` has the form that new_ulid() makes.
bool is_ulid(std::string_view text);

// The identifier of a T. Ids of different things do not mix at compile time.
template <typename T>
class Id {
 public:
  static Id make() { return Id(new_ulid()); }

  // nullopt when `text` is not an id at all.
  static std::optional<Id> parse(std::string_view text) {
    if (!is_ulid(text)) return std::nullopt;
    return Id(std::string(text));
  }

  const std::string& text() const { return text_; }
  auto operator<=>(const Id&) const = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace heaters

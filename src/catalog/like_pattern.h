#pragma once

#include <cstdint>
#include <string>

namespace heaters::catalog {

// Where no more than so many match, they are found first and then ordered; reading in the wanted order until
// enough match would read all.
constexpr std::int64_t few_matches = 1'000;

// What finds a text within another by `lower(column) LIKE ? ESCAPE '!'`: in lower case, and with what LIKE
// gives a meaning taken literally.
std::string like_pattern(const std::string& text);

}  // namespace heaters::catalog

#pragma once

#include <string>

namespace heaters::catalog {

// What finds a text within another by `lower(column) LIKE ? ESCAPE '!'`: in lower case, and with what LIKE
// gives a meaning taken literally.
std::string like_pattern(const std::string& text);

}  // namespace heaters::catalog

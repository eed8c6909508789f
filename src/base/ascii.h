#pragma once

#include <string>
#include <string_view>

namespace heaters {

// For the texts of protocols, which know the 26 letters and four kinds of space only, whatever the locale.

std::string lower_case(std::string_view text);

// Without the spaces, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

}  // namespace heaters

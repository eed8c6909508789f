#pragma once

#include <string>
#include <string_view>

namespace heaters {

// The text with every byte that is no UTF-8 replaced by U+FFFD: file names may hold anything.
std::string valid_utf8(std::string_view text);

// The same with control characters replaced too: for terminals, which obey them.
std::string printable(std::string_view text);

}  // namespace heaters

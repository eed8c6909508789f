#pragma once

#include <string_view>

namespace heaters::app {

// Writes results to stdout. Throws when they do not arrive (a full disk, a closed pipe).
void print(std::string_view text);

// Writes a line for people to stderr.
void print_error(std::string_view line);

}  // namespace heaters::app

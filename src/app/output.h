#pragma once

#include <string_view>

#include "base/json.h"

namespace heaters::app {

// Writes results to stdout. Throws when they do not arrive (a full disk); a closed pipe ends the
// process, as it ends others.
void print(std::string_view text);

// Writes JSON and a line end; `indent` -1: in one line.
void print_json(const Json& json, int indent = -1);

// Writes a line for people to stderr, without the control characters that a file name in it may hold.
void print_error(std::string_view line);

}  // namespace heaters::app

#pragma once

#include <string>
#include <string_view>

namespace heaters {

enum class LogLevel { Debug, Info, Warning, Error };

// Log lines go to stderr, one event each: `<event> <key>=<value> ...`. stdout belongs to results.
// What is secret is left out (base/redaction.h). Thread-safe.
void set_log_level(LogLevel level);
bool is_logged(LogLevel level);
void log(LogLevel level, std::string_view line);

}  // namespace heaters

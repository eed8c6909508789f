#pragma once

#include <concepts>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace heaters {

enum class LogLevel { Debug, Info, Warning, Error };

enum class LogFormat {
  Text,      // 2026-01-31T08:00:00.000Z info job.ended id=7 error="what it says" trace=4bf9…
  JsonLines  // {"time":"…","level":"info","event":"job.ended","id":7,"error":"what it says","trace":"4bf9…"}
};

// "text" or "json".
std::optional<LogFormat> parse_log_format(std::string_view text);

// One thing that a line of the log says, by its name.
struct LogField {
  LogField(std::string_view field, std::string_view value) : name(field), text(value) {}
  LogField(std::string_view field, double value);  // with three digits of a fraction
  template <std::integral Number>
  LogField(std::string_view field, Number value)
      : name(field), text(std::to_string(value)), is_number(true) {}

  std::string_view name;
  std::string text;
  bool is_number = false;
};

// Log lines go to stderr, one event each: its name, such as "job.ended", what else there is to say, and the
// trace of the thread that says it (base/trace.h). stdout belongs to results. What is secret is left out
// (base/redaction.h). Thread-safe.
void set_log_level(LogLevel level);
void set_log_format(LogFormat format);
bool is_logged(LogLevel level);
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace heaters

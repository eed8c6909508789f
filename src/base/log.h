#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace heaters {

enum class LogLevel { Debug, Info, Warning, Error };

enum class LogFormat {
  Text,      // 2026-01-31T08:00:00.000Z info job.ended id=7 error="what it says" trace=4bf9…
  JsonLines  // {"time":"…","level":"info","event":"job.ended","id":7,"error":"what it says","trace":"4bf9…"}
};

// One thing that a line of the log says, by its name.
struct LogField {
  LogField(std::string_view field, std::string_view value) : name(field), text(value) {}
  template <typename Number>
    requires std::is_arithmetic_v<Number>
  LogField(std::string_view field, Number value)
      : LogField(
            field,
            static_cast<std::conditional_t<std::is_floating_point_v<Number>, double, std::int64_t>>(value),
            0) {}

  std::string_view name;
  std::string text;
  bool is_number = false;

 private:
  LogField(std::string_view field, double value, int);
  LogField(std::string_view field, std::int64_t value, int);
};

// Log lines go to stderr, one event each: its name, such as "job.ended", what else there is to say, and the
// trace of the thread that says it (base/trace.h). stdout belongs to results. What is secret is left out
// (base/redaction.h). Thread-safe.
void set_log_level(LogLevel level);
void set_log_format(LogFormat format);
bool is_logged(LogLevel level);
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace heaters

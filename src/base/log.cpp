#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include "base/json.h"
#include "base/redaction.h"
#include "base/trace.h"

namespace heaters {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warning:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

constexpr const char* pattern_of(LogFormat format) {
  return format == LogFormat::JsonLines ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                        : "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("heaters", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(pattern_of(LogFormat::Text), spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

std::atomic<LogFormat> current_format = LogFormat::Text;

// A JSON text; what is no UTF-8 is replaced.
std::string json_quoted(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_plain(std::string_view text) {
  return !text.empty() && text.find_first_of(" \"=\n\r\t") == std::string_view::npos;
}

void append(std::string& line, LogFormat format, const LogField& field) {
  const std::string value = field.is_number ? field.text : redacted(field.text);
  if (format == LogFormat::JsonLines) {
    line += fmt::format(",{}:{}", json_quoted(field.name), field.is_number ? value : json_quoted(value));
  } else {
    line +=
        fmt::format(" {}={}", field.name, field.is_number || is_plain(value) ? value : json_quoted(value));
  }
}

}  // namespace

LogField::LogField(std::string_view field, double value)
    : name(field), text(fmt::format("{:.3f}", value)), is_number(true) {}

std::optional<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::Text;
  if (text == "json") return LogFormat::JsonLines;
  return std::nullopt;
}

void set_log_level(LogLevel level) {
  logger().set_level(spdlog_level(level));
}

void set_log_format(LogFormat format) {
  current_format = format;
  logger().set_pattern(pattern_of(format), spdlog::pattern_time_type::utc);
}

bool is_logged(LogLevel level) {
  return logger().should_log(spdlog_level(level));
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!is_logged(level)) return;
  const LogFormat format = current_format;
  std::string line = format == LogFormat::JsonLines ? "\"event\":" + json_quoted(event) : std::string(event);
  for (const LogField& field : fields) append(line, format, field);
  if (const std::string& trace = current_trace(); !trace.empty()) append(line, format, {"trace", trace});
  logger().log(spdlog_level(level), "{}", line);
}

}  // namespace heaters

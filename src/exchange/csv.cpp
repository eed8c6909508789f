#include "exchange/csv.h"

#include <fmt/format.h>

namespace heaters::exchange {

namespace {

std::string csv_field(const std::string& text) {
  const bool is_formula = !text.empty() && std::string("=+-@\t\r").find(text.front()) != std::string::npos;
  std::string field = is_formula ? "'" + text : text;
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string csv_value(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return csv_field(value.get<std::string>());
  if (value.is_number_float()) return fmt::format("{:.2f}", value.get<double>());
  return csv_field(json_text(value));
}

}  // namespace

std::string to_csv(const Timeline& timeline) {
  std::string text =
      "video,number,begin_frame,end_frame,begin_seconds,end_seconds,begin_timecode,length_frames,"
      "length_seconds";
  if (!timeline.entries.empty()) {
    for (const auto& fact : timeline.entries.front().facts.items()) text += "," + csv_field(fact.key());
  }
  text += "\n";
  std::size_t number = 0;
  for (const TimelineEntry& entry : timeline.entries) {
    const TimelineMedia& media = timeline.media[entry.media];
    text += fmt::format("{},{},{},{},{:.6f},{:.6f},{},{},{:.6f}", csv_field(media.title), ++number,
                        entry.span.begin, entry.span.end, entry.begin_seconds, entry.end_seconds,
                        timecode_of(timeline, media, counted_span(media, entry).begin), entry.span.length(),
                        entry.end_seconds - entry.begin_seconds);
    for (const auto& fact : entry.facts.items()) text += "," + csv_value(fact.value());
    text += "\n";
  }
  return text;
}

}  // namespace heaters::exchange

#include "exchange/chapters.h"

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "base/error.h"
#include "base/markup.h"
#include "base/utf8.h"

namespace heaters::exchange {

namespace {

void require_one_video(const Timeline& timeline) {
  if (timeline.media.size() <= 1) return;
  throw Error(ErrorKind::InvalidInput,
              fmt::format("write chapters: they are of one video, and these are {}", timeline.media.size()));
}

std::string metadata_value(const std::string& text) {
  std::string result;
  for (const char c : printable(text)) {
    if (std::string_view("=;#\\\n").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

}  // namespace

std::string to_webvtt(const Timeline& timeline) {
  require_one_video(timeline);
  std::string text = "WEBVTT\n";
  std::size_t number = 0;
  for (const TimelineEntry& entry : timeline.entries) {
    text += fmt::format("\n{}\n{} --> {}\n{}\n", ++number, format_clock_time(entry.begin_seconds),
                        format_clock_time(entry.end_seconds), escaped_markup(printable(entry.name)));
  }
  return text;
}

std::string to_ffmetadata(const Timeline& timeline) {
  require_one_video(timeline);
  std::string text = fmt::format(";FFMETADATA1\ntitle={}\n", metadata_value(timeline.title));
  for (const TimelineEntry& entry : timeline.entries) {
    text += fmt::format("\n[CHAPTER]\nTIMEBASE=1/1000\nSTART={}\nEND={}\ntitle={}\n",
                        std::llround(entry.begin_seconds * 1000), std::llround(entry.end_seconds * 1000),
                        metadata_value(entry.name));
  }
  return text;
}

}  // namespace heaters::exchange

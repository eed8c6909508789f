#include "base/timecode.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/check.h"

namespace heaters {

namespace {

std::int64_t labels_per_second(Rational rate) {
  HEATERS_CHECK(rate.is_positive());
  return std::max<std::int64_t>(1, std::llround(to_double(rate)));
}

std::int64_t dropped_per_minute(Rational rate) {
  return labels_per_second(rate) / 15;
}

}  // namespace

bool can_drop_frames(Rational rate) {
  const double value = to_double(rate);
  return std::abs(value - 30'000.0 / 1001) < 0.005 || std::abs(value - 60'000.0 / 1001) < 0.005;
}

std::string format_timecode(FrameNumber frame, Rational rate, bool drops_frames) {
  const std::int64_t per_second = labels_per_second(rate);
  if (drops_frames) {
    HEATERS_CHECK(can_drop_frames(rate));
    const std::int64_t dropped = dropped_per_minute(rate);
    const std::int64_t minute = 60 * per_second - dropped;
    const std::int64_t ten_minutes = 10 * minute + dropped;
    const std::int64_t tens = frame / ten_minutes;
    const std::int64_t rest = frame % ten_minutes;
    frame += 9 * dropped * tens;
    if (rest >= dropped) frame += dropped * ((rest - dropped) / minute);
  }
  const std::int64_t seconds = frame / per_second;
  return fmt::format("{:02}:{:02}:{:02}{}{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
                     drops_frames ? ';' : ':', frame % per_second);
}

std::optional<FrameNumber> parse_timecode(std::string_view text, Rational rate) {
  const std::string copy(text);
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  int label = 0;
  char separator = ':';
  int read = 0;
  if (std::sscanf(copy.c_str(), "%2d:%2d:%2d%c%2d%n", &hours, &minutes, &seconds, &separator, &label,
                  &read) != 5 ||
      static_cast<std::size_t>(read) != copy.size()) {
    return std::nullopt;
  }
  const std::int64_t per_second = labels_per_second(rate);
  const bool drops_frames = (separator == ';' || separator == '.') && can_drop_frames(rate);
  const bool is_known = separator == ':' || separator == ';' || separator == '.';
  if (!is_known || hours < 0 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59 || label < 0 ||
      label >= per_second) {
    return std::nullopt;
  }
  const std::int64_t all_minutes = std::int64_t{hours} * 60 + minutes;
  FrameNumber frame = (all_minutes * 60 + seconds) * per_second + label;
  if (drops_frames) {
    const std::int64_t dropped = dropped_per_minute(rate);
    if (seconds == 0 && label < dropped && minutes % 10 != 0) return std::nullopt;
    frame -= dropped * (all_minutes - all_minutes / 10);
  }
  return frame;
}

}  // namespace heaters

#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace heaters {

double to_seconds(std::int64_t ticks, Rational time_base) {
  return static_cast<double>(ticks) * static_cast<double>(time_base.num) / static_cast<double>(time_base.den);
}

double to_double(Rational value) {
  return static_cast<double>(value.num) / static_cast<double>(value.den);
}

std::int64_t rescale(std::int64_t ticks, Rational from, Rational to) {
  HEATERS_CHECK(from.is_positive() && to.is_positive());
  __extension__ using Wide = __int128;
  const Wide numerator = Wide{ticks} * from.num * to.den;
  const Wide denominator = Wide{from.den} * to.num;
  const Wide half = denominator / 2;
  const Wide result = (numerator >= 0 ? numerator + half : numerator - half) / denominator;
  constexpr Wide least = std::numeric_limits<std::int64_t>::min();
  constexpr Wide most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::clamp(result, least, most));
}

std::string format_clock_time(double seconds) {
  const auto total_ms = std::llround(std::abs(seconds) * 1000.0);
  const auto total_s = total_ms / 1000;
  return fmt::format("{}{:02}:{:02}:{:02}.{:03}", seconds < 0 && total_ms > 0 ? "-" : "", total_s / 3600,
                     total_s / 60 % 60, total_s % 60, total_ms % 1000);
}

std::string format_timecode(FrameNumber frame, Rational rate) {
  HEATERS_CHECK(rate.is_positive());
  const std::int64_t per_second = (rate.num + rate.den - 1) / rate.den;
  const std::int64_t total_s = frame / per_second;
  return fmt::format("{:02}:{:02}:{:02}:{:02}", total_s / 3600, total_s / 60 % 60, total_s % 60,
                     frame % per_second);
}

}  // namespace heaters

#include "base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
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

UtcTime utc_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string format_utc(UtcTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto of_day = std::chrono::hh_mm_ss(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     of_day.hours().count(), of_day.minutes().count(), of_day.seconds().count(),
                     of_day.subseconds().count());
}

std::optional<UtcTime> parse_utc(std::string_view text) {
  const std::string copy(text);
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int read = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2u-%2u%*1[T ]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute,
                  &second, &read) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::string_view rest = std::string_view(copy).substr(static_cast<std::size_t>(read));
  std::int64_t micros = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    for (std::int64_t unit = 100'000; !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
         unit /= 10) {
      micros += unit * (rest.front() - '0');
      rest.remove_prefix(1);
    }
  }
  if (!rest.empty() && rest != "Z") return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::microseconds(micros);
}

}  // namespace heaters

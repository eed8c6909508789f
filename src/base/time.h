#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace heaters {

// 0-based index of a frame in presentation order of a video's source stream.
using FrameNumber = std::int64_t;

// The frames [begin, end).
struct FrameSpan {
  FrameNumber begin = 0;
  FrameNumber end = 0;

  FrameNumber length() const { return end - begin; }
  bool contains(FrameNumber frame) const { return begin <= frame && frame < end; }
  bool operator==(const FrameSpan&) const = default;
};

// An exact fraction. As a time base it is the length of one tick in seconds; as a rate, frames per second.
struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;

  bool is_positive() const { return num > 0 && den > 0; }
  bool operator==(const Rational&) const = default;
};

// Seconds as a double, for JSON, SQL reports and people; nothing in the engine computes with the result.
double to_seconds(std::int64_t ticks, Rational time_base);
double to_double(Rational value);

// `ticks` of `from` in ticks of `to`, rounded to nearest (halves away from zero). Both must be positive. The
// product is taken in 128 bits; a result that does not fit into 64 becomes the nearest that does.
std::int64_t rescale(std::int64_t ticks, Rational from, Rational to);

// "HH:MM:SS.mmm", as people and WebVTT write it. Negative times get a leading '-'.
std::string format_clock_time(double seconds);

// A moment in UTC, to the microsecond, as databases keep it.
using UtcTime = std::chrono::sys_time<std::chrono::microseconds>;
UtcTime utc_now();

// "2026-11-22T17:35:59.940981Z". Texts of this form sort as their times do.
std::string format_utc(UtcTime time);
// Reads it back, also with fewer digits of the fraction or none, with or without the Z, with a space for the
// T; nullopt when it is something else.
std::optional<UtcTime> parse_utc(std::string_view text);

}  // namespace heaters

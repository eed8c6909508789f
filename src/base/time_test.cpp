#include "base/time.h"

#include <gtest/gtest.h>

#include <limits>

namespace heaters {
namespace {

TEST(Time, RescaleIsExactAndRoundsHalvesAwayFromZero) {
  EXPECT_EQ(rescale(1001, {1, 30000}, {1, 90000}), 3003);
  EXPECT_EQ(rescale(1, {1, 2}, {1, 1}), 1);
  EXPECT_EQ(rescale(-1, {1, 2}, {1, 1}), -1);
  EXPECT_EQ(rescale(1, {1, 3}, {1, 1}), 0);
}

TEST(Time, RescaleDoesNotOverflowOnLargeTimestamps) {
  const std::int64_t big = std::numeric_limits<std::int64_t>::max() / 2;
  EXPECT_EQ(rescale(big, {1, 1'000'000'000}, {1, 1'000'000'000}), big);
  EXPECT_EQ(rescale(big, {1, 90000}, {1, 45000}), (big + 1) / 2);
}

TEST(Time, ClockTimeIsRoundedToMilliseconds) {
  EXPECT_EQ(format_clock_time(0), "00:00:00.000");
  EXPECT_EQ(format_clock_time(3661.0415), "01:01:01.042");
  EXPECT_EQ(format_clock_time(59.9996), "00:01:00.000");
  EXPECT_EQ(format_clock_time(-0.5), "-00:00:00.500");
}

TEST(Time, UtcTextComesBackAndSorts) {
  const UtcTime time = std::chrono::sys_days(std::chrono::year{2026} / 11 / 22) +
                       std::chrono::seconds(63359) + std::chrono::microseconds(940981);
  EXPECT_EQ(format_utc(time), "2026-11-22T17:35:59.940981Z");
  EXPECT_EQ(parse_utc("2026-11-22T17:35:59.940981Z"), time);
  EXPECT_EQ(parse_utc("2026-11-22 17:35:59.94"), time - std::chrono::microseconds(981));
  EXPECT_EQ(parse_utc("2026-11-22T17:35:59Z"), time - std::chrono::microseconds(940981));
  for (const char* wrong : {"", "today", "2026-13-01T00:00:00Z", "2026-11-22T17:35:59+02:00"}) {
    EXPECT_EQ(parse_utc(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace heaters

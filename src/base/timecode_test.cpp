#include "base/timecode.h"

#include <gtest/gtest.h>

namespace heaters {
namespace {

constexpr Rational ntsc{30'000, 1001};
constexpr Rational double_ntsc{60'000, 1001};

TEST(Timecode, CountsFramesToTheWholeRate) {
  EXPECT_EQ(format_timecode(0, {24, 1}), "00:00:00:00");
  EXPECT_EQ(format_timecode(23, {24000, 1001}), "00:00:00:23");
  EXPECT_EQ(format_timecode(24, {24000, 1001}), "00:00:01:00");
  EXPECT_EQ(format_timecode(30 * 3600, ntsc), "01:00:00:00");
  EXPECT_EQ(format_timecode(59, double_ntsc), "00:00:00:59");
  // A mean rate is never quite what it was meant to be.
  EXPECT_EQ(format_timecode(24, {24'001, 1000}), "00:00:01:00");
  EXPECT_EQ(format_timecode(25 * 86'400, {25, 1}), "00:00:00:00");
}

// The labels around the dropped ones, as SMPTE ST 12-1 has them.
TEST(Timecode, DropsLabelsAtEachMinuteButTheTenth) {
  EXPECT_EQ(format_timecode(1799, ntsc, true), "00:00:59;29");
  EXPECT_EQ(format_timecode(1800, ntsc, true), "00:01:00;02");
  EXPECT_EQ(format_timecode(3597, ntsc, true), "00:01:59;29");
  EXPECT_EQ(format_timecode(3598, ntsc, true), "00:02:00;02");
  EXPECT_EQ(format_timecode(17'981, ntsc, true), "00:09:59;29");
  EXPECT_EQ(format_timecode(17'982, ntsc, true), "00:10:00;00");
  EXPECT_EQ(format_timecode(17'984, ntsc, true), "00:10:00;02");
  EXPECT_EQ(format_timecode(107'892, ntsc, true), "01:00:00;00");
  EXPECT_EQ(format_timecode(3600, double_ntsc, true), "00:01:00;04");
  EXPECT_EQ(format_timecode(215'784, double_ntsc, true), "01:00:00;00");
}

TEST(Timecode, NamesEveryFrameOnce) {
  for (const Rational rate : {ntsc, double_ntsc}) {
    for (FrameNumber frame = 0; frame < 80'000; ++frame) {
      ASSERT_EQ(parse_timecode(format_timecode(frame, rate, true), rate), frame);
      ASSERT_EQ(parse_timecode(format_timecode(frame, rate), rate), frame);
    }
  }
}

TEST(Timecode, ReadsNoLabelThatIsNone) {
  EXPECT_EQ(parse_timecode("01:00:00:00", {25, 1}), 90'000);
  EXPECT_FALSE(parse_timecode("00:01:00;01", ntsc));
  EXPECT_FALSE(parse_timecode("00:00:00:25", {25, 1}));
  EXPECT_FALSE(parse_timecode("00:61:00:00", {25, 1}));
  EXPECT_FALSE(parse_timecode("1 h", {25, 1}));
  EXPECT_FALSE(parse_timecode("00:00:00:00 and more", {25, 1}));
  EXPECT_FALSE(parse_timecode("-1:00:00:00", {25, 1}));
}

TEST(Timecode, OnlyNtscRatesCanDrop) {
  EXPECT_TRUE(can_drop_frames({2997, 100}));
  EXPECT_FALSE(can_drop_frames({30, 1}));
  EXPECT_FALSE(can_drop_frames({24'000, 1001}));
}

}  // namespace
}  // namespace heaters

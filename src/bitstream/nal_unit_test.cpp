#include "bitstream/nal_unit.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace heaters::bitstream {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

bool is_same(NalUnitView view, const std::vector<std::byte>& expected) {
  return std::equal(view.begin(), view.end(), expected.begin(), expected.end());
}

TEST(NalUnit, StartCodesOfBothLengthsPartUnits) {
  const auto packet = bytes({0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 3});
  const auto units = split_nal_units(packet, 0);
  ASSERT_EQ(units.size(), 3U);
  EXPECT_TRUE(is_same(units[0], bytes({0x67, 1})));
  EXPECT_TRUE(is_same(units[1], bytes({0x68, 2})));
  EXPECT_TRUE(is_same(units[2], bytes({0x65, 3})));
}

TEST(NalUnit, LengthsPartUnits) {
  const auto units = split_nal_units(bytes({0, 2, 0x65, 1, 0, 1, 0x41}), 2);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[1].size(), 1U);
}

TEST(NalUnit, ALengthBeyondThePacketIsCorrupt) {
  EXPECT_THROW(split_nal_units(bytes({0, 0, 0, 9, 0x65}), 4), Error);
  EXPECT_THROW(split_nal_units(bytes({0, 0}), 4), Error);
}

// H.264, 7.4.1: no three bytes of a unit are 00 00 00 to 00 00 03, but for the prevention byte's own.
TEST(NalUnit, EmulationIsPrevented) {
  const auto raw = bytes({0x65, 0, 0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 4});
  const NalUnit unit = escape(raw);
  EXPECT_EQ(unit, bytes({0x65, 0, 0, 3, 0, 0, 3, 0, 1, 0, 0, 3, 3, 0, 0, 4}));
  EXPECT_EQ(unescape(unit), raw);
}

TEST(NalUnit, ZerosAtTheEndStay) {
  const auto raw = bytes({0x65, 0x80, 0, 0});
  EXPECT_EQ(escape(raw), bytes({0x65, 0x80, 0, 0, 3}));
  EXPECT_EQ(unescape(escape(raw)), raw);
}

}  // namespace
}  // namespace heaters::bitstream

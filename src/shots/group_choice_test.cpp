#include "shots/group_choice.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace heaters::shots {
namespace {

SmallPicture waves(double phase, double frequency) {
  SmallPicture picture;
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < picture.y.size(); ++i) {
    const std::size_t row = i / 64;
    const auto x = static_cast<double>(i % 64);
    const auto y = static_cast<double>(row);
    const double level = std::round(120 + 50 * std::sin(x * frequency + phase) * std::cos(y * frequency / 2));
    picture.y[i] = static_cast<std::uint8_t>(level);
    sum += level;
    squares += level * level;
  }
  picture.u.fill(128);
  picture.v.fill(128);
  const auto count = static_cast<double>(picture.y.size());
  picture.mean = static_cast<float>(sum / count);
  picture.deviation = static_cast<float>(std::sqrt(squares / count - sum / count * sum / count));
  return picture;
}

bool passes(const SmallPicture& now, const SmallPicture& next, const std::vector<std::uint32_t>& between) {
  return may_pass_over(now, next, between, 10'000, kernels(best_simd_level()));
}

TEST(GroupChoice, OneSceneWithoutALargePacketIsPassedOver) {
  EXPECT_TRUE(passes(waves(0, 0.2), waves(0.1, 0.2), {900, 400, 800, 300}));
  EXPECT_TRUE(passes(waves(0, 0.2), waves(0, 0.2), {}));
}

TEST(GroupChoice, AnotherPictureIsLookedAt) {
  EXPECT_FALSE(passes(waves(0, 0.2), waves(2, 0.37), {900, 400, 800, 300}));
}

// The scene may have come back.
TEST(GroupChoice, APacketThatMayHoldAPictureIsLookedAt) {
  EXPECT_FALSE(passes(waves(0, 0.2), waves(0, 0.2), {900, 400, 6000, 300}));
  EXPECT_FALSE(passes(waves(0, 0.2), waves(0, 0.2), {200, 100, 150, 100, 120, 4000, 100}));
}

TEST(GroupChoice, OnlyTheEndOfAGroupMayBeCalm) {
  std::vector<std::uint32_t> between(40, 300);
  between[5] = 9000;
  EXPECT_FALSE(is_calm(between, 10'000));
  EXPECT_TRUE(has_calm_end(between, 10'000));
  between[35] = 9000;
  EXPECT_FALSE(has_calm_end(between, 10'000));
  EXPECT_FALSE(has_calm_end(std::vector<std::uint32_t>(5, 300), 10'000));
}

bool is_left_out(const SmallPicture& before, const SmallPicture& after, std::uint32_t bytes) {
  return may_leave_out(before, after, bytes, 2000, kernels(best_simd_level()));
}

TEST(GroupChoice, AFrameBetweenTwoOfOneMomentMayBeLeftOut) {
  EXPECT_TRUE(is_left_out(waves(0, 0.2), waves(0.02, 0.2), 700));
  // It is larger than those around it: another picture.
  EXPECT_FALSE(is_left_out(waves(0, 0.2), waves(0.02, 0.2), 2100));
  EXPECT_FALSE(is_left_out(waves(0, 0.2), waves(2, 0.37), 700));
  // Where all is dark a fade may begin.
  EXPECT_FALSE(is_left_out(SmallPicture(), SmallPicture(), 700));
}

}  // namespace
}  // namespace heaters::shots

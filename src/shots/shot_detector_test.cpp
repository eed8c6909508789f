#include "shots/shot_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace heaters::shots {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Pictures from numbers alone; whole videos are in tests/detect_test.cpp.
SmallPicture textured(std::uint32_t seed) {
  std::mt19937 random(seed);
  Shrinker shrinker(SimdLevel::Portable);
  std::vector<std::uint8_t> samples;
  // 8 by 4 random tiles: structure that survives averaging.
  std::array<std::uint8_t, 32> tiles{};
  for (auto& tile : tiles) tile = static_cast<std::uint8_t>(40 + random() % 170);
  for (std::size_t y = 0; y < 36; ++y) {
    for (std::size_t x = 0; x < 64; ++x) samples.push_back(tiles[y / 9 * 8 + x / 8]);
  }
  SmallPicture picture;
  shrinker.shrink({{samples.data(), 64, 64, 36}, {}, {}, 8}, picture);
  return picture;
}

std::vector<FrameNumber> detect(const std::vector<std::pair<std::uint32_t, int>>& shots,
                                SimdLevel level = best_simd_level()) {
  ShotDetector detector(level);
  for (const auto& [seed, frames] : shots) {
    for (int i = 0; i < frames; ++i) detector.push(textured(seed));
  }
  std::vector<FrameNumber> found;
  for (const Cut& cut : select_cuts(detector.finish(), {})) found.push_back(cut.frame);
  return found;
}

TEST(ShotDetector, NoPicturesHaveNoCuts) {
  EXPECT_THAT(detect({}), IsEmpty());
  EXPECT_THAT(detect({{1, 1}}), IsEmpty());
  EXPECT_THAT(detect({{1, 500}}), IsEmpty());
}

TEST(ShotDetector, FindsCutsAtTheEdgesOfItsWindow) {
  EXPECT_THAT(detect({{1, 1}, {2, 1}}), ElementsAre(1));
  EXPECT_THAT(detect({{1, 63}, {2, 1}, {3, 64}, {4, 2}}), ElementsAre(63, 64, 128));
  EXPECT_THAT(detect({{1, 200}, {2, 1}}), ElementsAre(200));
}

TEST(ShotDetector, AMomentaryOtherPictureIsNoCut) {
  EXPECT_THAT(detect({{1, 30}, {2, 2}, {1, 30}}), IsEmpty());
}

TEST(ShotDetector, AnInsertedShotIsTwoCuts) {
  EXPECT_THAT(detect({{1, 30}, {2, 6}, {1, 30}}), ElementsAre(30, 36));
}

TEST(ShotDetector, TheSimdLevelDoesNotMatter) {
  const std::vector<std::pair<std::uint32_t, int>> shots = {{1, 20}, {2, 3}, {3, 40}, {4, 1}, {5, 20}};
  EXPECT_EQ(detect(shots, SimdLevel::Portable), detect(shots));
}

}  // namespace
}  // namespace heaters::shots

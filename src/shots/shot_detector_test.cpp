#include "shots/shot_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace heaters::shots {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Pictures from numbers alone; whole videos are in tests/detect_test.cpp.
std::vector<std::uint8_t> samples_of(std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> samples;
  // 8 by 4 random tiles: structure that survives averaging.
  std::array<std::uint8_t, 32> tiles{};
  for (auto& tile : tiles) tile = static_cast<std::uint8_t>(40 + random() % 170);
  for (std::size_t y = 0; y < 36; ++y) {
    for (std::size_t x = 0; x < 64; ++x) samples.push_back(tiles[y / 9 * 8 + x / 8]);
  }
  return samples;
}

SmallPicture shrunk(const std::vector<std::uint8_t>& samples) {
  Shrinker shrinker(SimdLevel::Portable);
  SmallPicture picture;
  shrinker.shrink({{samples.data(), 64, 64, 36}, {}, {}, 8}, picture);
  return picture;
}

SmallPicture textured(std::uint32_t seed) {
  return shrunk(samples_of(seed));
}

SmallPicture mixed(std::uint32_t first, std::uint32_t second, double share) {
  std::vector<std::uint8_t> samples = samples_of(first);
  const std::vector<std::uint8_t> others = samples_of(second);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::uint8_t>((1 - share) * samples[i] + share * others[i]);
  return shrunk(samples);
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

TEST(ShotDetector, AMixedFrameBelongsToTheCutHoweverItIsMixed) {
  for (const double share : {0.2, 0.35, 0.5, 0.65, 0.8}) {
    ShotDetector detector;
    for (int i = 0; i < 30; ++i) detector.push(textured(1));
    detector.push(mixed(1, 2, share));
    for (int i = 0; i < 30; ++i) detector.push(textured(2));
    const auto cuts = select_cuts(detector.finish(), {});
    ASSERT_EQ(cuts.size(), 1U) << share;
    EXPECT_THAT(cuts[0].frame, testing::AnyOf(30, 31)) << share;
  }
}

TEST(ShotDetector, TheSimdLevelDoesNotMatter) {
  const std::vector<std::pair<std::uint32_t, int>> shots = {{1, 20}, {2, 3}, {3, 40}, {4, 1}, {5, 20}};
  EXPECT_EQ(detect(shots, SimdLevel::Portable), detect(shots));
}

}  // namespace
}  // namespace heaters::shots

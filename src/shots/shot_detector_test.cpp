#include "shots/shot_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
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

// Rows of the second picture push those of the first out.
SmallPicture wiped(std::uint32_t first, std::uint32_t second, double share) {
  std::vector<std::uint8_t> samples = samples_of(first);
  const std::vector<std::uint8_t> others = samples_of(second);
  const auto columns = static_cast<std::size_t>(std::lround(64 * share));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % 64 < columns) samples[i] = others[i];
  }
  return shrunk(samples);
}

SmallPicture grey(double level) {
  return shrunk(std::vector<std::uint8_t>(std::size_t{64} * 36, static_cast<std::uint8_t>(level)));
}

std::vector<Cut> cuts_of(const std::vector<SmallPicture>& pictures) {
  ShotDetector detector;
  for (const SmallPicture& picture : pictures) detector.push(picture);
  return select_cuts(detector.finish(), {});
}

std::vector<SmallPicture> still(std::uint32_t seed, std::size_t frames) {
  return std::vector<SmallPicture>(frames, textured(seed));
}

void append(std::vector<SmallPicture>& pictures, const std::vector<SmallPicture>& more) {
  pictures.insert(pictures.end(), more.begin(), more.end());
}

TEST(ShotDetector, AWipeIsOneBoundaryWithinIt) {
  for (const int frames : {6, 8, 10, 12, 16, 20, 24, 30}) {
    std::vector<SmallPicture> pictures = still(1, 40);
    for (int i = 1; i <= frames; ++i) pictures.push_back(wiped(1, 2, i / (frames + 1.0)));
    append(pictures, still(2, 40));
    const auto cuts = cuts_of(pictures);
    EXPECT_EQ(cuts.size(), 1U) << frames;
    if (cuts.empty()) continue;
    EXPECT_EQ(cuts[0].kind, CutKind::Dissolve) << frames;
    EXPECT_GE(cuts[0].frame, 40) << frames;
    EXPECT_LE(cuts[0].frame, 40 + frames) << frames;
  }
}

TEST(ShotDetector, AFadeThatPassesThroughGreysIsOneBoundary) {
  std::vector<SmallPicture> pictures = still(1, 40);
  // The picture goes flat before it goes dark.
  for (int i = 1; i <= 6; ++i) {
    std::vector<std::uint8_t> samples = samples_of(1);
    for (auto& sample : samples) sample = static_cast<std::uint8_t>((sample * (6 - i) + 120 * i) / 6);
    pictures.push_back(shrunk(samples));
  }
  for (int i = 1; i <= 12; ++i) pictures.push_back(grey(120 - 8.6 * i));
  for (int i = 0; i < 6; ++i) {
    std::vector<std::uint8_t> samples = samples_of(2);
    for (auto& sample : samples) sample = static_cast<std::uint8_t>((16 * (6 - i) + sample * i) / 6);
    pictures.push_back(shrunk(samples));
  }
  append(pictures, still(2, 40));
  const auto cuts = cuts_of(pictures);
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].kind, CutKind::Fade);
  EXPECT_GE(cuts[0].frame, 40);
  EXPECT_LE(cuts[0].frame, 64);
}

// In each turn the scene comes back, however dark it was meanwhile.
TEST(ShotDetector, AStrobeIsNoCut) {
  std::vector<SmallPicture> pictures = still(1, 40);
  for (int i = 0; i < 4; ++i) {
    append(pictures, std::vector<SmallPicture>(2, grey(16)));
    append(pictures, still(1, 2));
  }
  append(pictures, still(1, 40));
  EXPECT_THAT(cuts_of(pictures), IsEmpty());
}

// A wide scene that a camera passes by, so many columns by now, under a light from 0 to 1, and overexposed
// by a share of white.
SmallPicture seen(std::uint32_t seed, std::size_t columns, double light, double white = 0) {
  std::mt19937 random(seed);
  std::array<std::array<double, 50>, 4> tiles{};
  for (auto& row : tiles) {
    for (auto& tile : row) tile = 40.0 + static_cast<int>(random() % 170);
  }
  std::vector<std::uint8_t> samples;
  for (std::size_t y = 0; y < 36; ++y) {
    for (std::size_t x = 0; x < 64; ++x) {
      const double sample = tiles[y / 9][(x + columns) / 8];
      samples.push_back(static_cast<std::uint8_t>(sample * light * (1 - white) + 255 * white));
    }
  }
  return shrunk(samples);
}

TEST(ShotDetector, AStrobeWhileTheCameraMovesIsNoCut) {
  std::vector<SmallPicture> pictures;
  pictures.reserve(100);
  for (std::size_t frame = 0; frame < 100; ++frame) {
    const bool is_dark = frame >= 40 && frame < 60 && frame / 2 % 2 == 1;
    pictures.push_back(seen(1, 3 * frame, is_dark ? 0.25 : 0.9));
  }
  EXPECT_THAT(cuts_of(pictures), IsEmpty());
}

TEST(ShotDetector, AFlashThatFadesWhileTheCameraMovesIsNoCut) {
  for (const double strength : {0.6, 0.8, 0.95}) {
    std::vector<SmallPicture> pictures;
    pictures.reserve(100);
    for (std::size_t frame = 0; frame < 100; ++frame) {
      const double since = static_cast<double>(frame) - 40;
      const double white = since >= 0 && since < 3 ? strength * (1 - since / 4) : 0;
      pictures.push_back(seen(1, frame, 0.9, white));
    }
    EXPECT_THAT(cuts_of(pictures), IsEmpty()) << strength;
  }
}

TEST(ShotDetector, CutsBetweenScenesOfDifferentLightStay) {
  std::vector<SmallPicture> pictures;
  pictures.reserve(86);
  for (std::size_t frame = 0; frame < 40; ++frame) pictures.push_back(seen(1, 3 * frame, 0.3));
  for (std::size_t frame = 0; frame < 6; ++frame) pictures.push_back(seen(2, 3 * frame, 0.9));
  for (std::size_t frame = 0; frame < 40; ++frame) pictures.push_back(seen(3, 3 * frame, 0.3));
  const auto cuts = cuts_of(pictures);
  ASSERT_EQ(cuts.size(), 2U);
  EXPECT_EQ(cuts[0].frame, 40);
  EXPECT_EQ(cuts[1].frame, 46);
}

SmallPicture flat(std::uint8_t level) {
  return shrunk(std::vector<std::uint8_t>(64 * 36, level));
}

// Black with a line of small print, as a mark of the maker's.
SmallPicture print() {
  std::vector<std::uint8_t> samples(64 * 36, 16);
  std::fill(samples.begin() + 32 * 64 + 2, samples.begin() + 32 * 64 + 42, 60);
  return shrunk(samples);
}

// From black to white and back without any picture: a step of a fade is no other picture, a card of another
// grey is.
TEST(ShotDetector, FlatPicturesAreToldApartByMuchLightOnly) {
  std::vector<SmallPicture> pictures;
  pictures.reserve(150);
  for (std::size_t frame = 0; frame < 50; ++frame)
    pictures.push_back(flat(static_cast<std::uint8_t>(20 + 4 * frame)));
  for (std::size_t frame = 0; frame < 25; ++frame)
    pictures.push_back(flat(static_cast<std::uint8_t>(220 - 8 * frame)));
  EXPECT_THAT(cuts_of(pictures), IsEmpty());
  std::vector<SmallPicture> cards(40, flat(100));
  append(cards, std::vector<SmallPicture>(40, flat(180)));
  const auto cuts = cuts_of(cards);
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].frame, 40);
}

TEST(ShotDetector, BlackWithPrintThroughoutIsBlank) {
  std::vector<SmallPicture> pictures = still(1, 40);
  append(pictures, std::vector<SmallPicture>(30, print()));
  for (std::size_t frame = 1; frame < 10; ++frame)
    pictures.push_back(seen(2, 0, static_cast<double>(frame) / 10));
  append(pictures, std::vector<SmallPicture>(40, seen(2, 0, 1)));
  const auto cuts = cuts_of(pictures);
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].kind, CutKind::Fade);
  EXPECT_EQ(cuts[0].frame, 70);
}

TEST(ShotDetector, PrintThatComesUpFromBlackIsATitle) {
  std::vector<SmallPicture> pictures = still(1, 40);
  append(pictures, std::vector<SmallPicture>(15, flat(16)));
  append(pictures, std::vector<SmallPicture>(40, print()));
  append(pictures, std::vector<SmallPicture>(15, flat(16)));
  append(pictures, still(2, 40));
  std::vector<FrameNumber> found;
  for (const Cut& cut : cuts_of(pictures)) found.push_back(cut.frame);
  EXPECT_THAT(found, testing::IsSupersetOf({FrameNumber{55}, FrameNumber{110}}));
}

// A plain ground with a white thing of 12 by 18 cells on it, of which so many rows are in the picture.
SmallPicture ground(std::size_t rows, double lighter) {
  std::vector<std::uint8_t> samples = samples_of(1);
  for (std::uint8_t& sample : samples) sample = static_cast<std::uint8_t>(45 + sample / 10.0 + lighter);
  for (std::size_t y = 36 - rows; y < 36; ++y)
    for (std::size_t x = 12; x < 24; ++x) samples[y * 64 + x] = 240;
  return shrunk(samples);
}

// As when a car leaves the street and the camera's exposure follows.
TEST(ShotDetector, AThingThatLeavesAPlainSceneWhileTheLightRisesIsNoDissolve) {
  constexpr double rise = 60;
  for (const std::size_t frames : {16U, 24U}) {
    std::vector<SmallPicture> pictures(40, ground(18, 0));
    for (std::size_t i = 0; i < frames; ++i)
      pictures.push_back(
          ground(i < 18 ? 18 - i : 0, rise * static_cast<double>(i) / static_cast<double>(frames)));
    pictures.resize(120, ground(0, rise));
    EXPECT_THAT(cuts_of(pictures), IsEmpty()) << frames;
  }
}

TEST(ShotDetector, ShortShotsBetweenDifferentOnesAreTwoCuts) {
  for (const std::size_t frames : {1U, 2U, 3U}) {
    std::vector<SmallPicture> pictures = still(1, 30);
    append(pictures, still(2, frames));
    append(pictures, still(3, 30));
    const auto cuts = cuts_of(pictures);
    ASSERT_EQ(cuts.size(), 2U) << frames;
    EXPECT_EQ(cuts[0].frame, 30) << frames;
    EXPECT_EQ(cuts[1].frame, static_cast<FrameNumber>(30 + frames)) << frames;
  }
}

TEST(ShotDetector, WhatIsPassedOverHasNoBoundaryAndItsFramesAreCounted) {
  ShotDetector detector;
  for (int i = 0; i < 20; ++i) detector.push(textured(1));
  detector.skip(50);
  // At the end of a gap even another picture is no cut: nobody saw where it came.
  for (int i = 0; i < 20; ++i) detector.push(textured(2));
  for (int i = 0; i < 20; ++i) detector.push(textured(3));
  const ScoreCurve curve = detector.finish();
  EXPECT_EQ(curve.hard.size(), 110U);
  const auto cuts = select_cuts(curve, {});
  ASSERT_EQ(cuts.size(), 1U);
  EXPECT_EQ(cuts[0].frame, 90);
}

// The pictures in between do not count for more than those around them show.
TEST(ShotDetector, WhatIsLeftOutBetweenTwoPicturesIsLikeThem) {
  ShotDetector whole;
  ShotDetector part;
  for (const std::uint32_t scene : {1U, 2U}) {
    for (int i = 0; i < 30; ++i) whole.push(textured(scene));
    part.push(textured(scene));
    for (int i = 1; i < 28; i += 3) part.push_after(2, textured(scene));
    for (int i = 28; i < 30; ++i) part.push(textured(scene));
  }
  const ScoreCurve curve = part.finish();
  EXPECT_EQ(curve.hard, whole.finish().hard);
  EXPECT_EQ(curve.hard.size(), 60U);
  EXPECT_GT(curve.hard[30], 128);
}

// Whatever they look like: nobody saw where one became the other.
TEST(ShotDetector, NoBoundaryIsWhereFramesWereLeftOut) {
  ShotDetector detector;
  for (int i = 0; i < 20; ++i) detector.push(textured(1));
  for (int i = 0; i < 20; ++i) detector.push_after(1, textured(2));
  const ScoreCurve curve = detector.finish();
  EXPECT_EQ(curve.hard.size(), 60U);
  EXPECT_THAT(select_cuts(curve, {}), IsEmpty());
}

TEST(ShotDetector, SurerCutsHaveHigherScores) {
  const auto score_of = [](const std::vector<SmallPicture>& pictures) {
    ShotDetector detector;
    for (const SmallPicture& picture : pictures) detector.push(picture);
    return detector.finish().hard[30];
  };
  std::vector<SmallPicture> sure = still(1, 30);
  append(sure, still(2, 30));
  std::vector<SmallPicture> doubtful = still(1, 30);
  append(doubtful, std::vector<SmallPicture>(30, mixed(1, 2, 0.4)));
  EXPECT_GT(score_of(sure), 0.9 * 255);
  EXPECT_LT(score_of(doubtful), score_of(sure));
}

// Cuts, short shots, dissolves that overlap, fades, long darkness, a strobe.
std::vector<SmallPicture> varied() {
  std::vector<SmallPicture> pictures;
  const SmallPicture black = shrunk(std::vector<std::uint8_t>(64 * 36, 16));
  std::uint32_t scene = 1;
  const auto rest = [&](int frames) {
    pictures.insert(pictures.end(), static_cast<std::size_t>(frames), textured(scene));
  };
  for (int round = 0; round < 4; ++round) {
    rest(30 + 7 * round);
    ++scene;
    rest(3);
    for (const int length : {12, 24, 50}) {
      for (int i = 1; i < length; ++i) pictures.push_back(mixed(scene, scene + 1, double(i) / length));
      ++scene;
      rest(round * 2);
    }
    pictures.insert(pictures.end(), 20 + 130 * static_cast<std::size_t>(round), black);
    for (int i = 0; i < 10; ++i) pictures.push_back(i % 2 == 0 ? textured(scene) : black);
  }
  rest(40);
  return pictures;
}

TEST(Detectors, WhatIsSettledDoesNotChangeAnyMore) {
  for (const Method method : {Method::Window, Method::Content, Method::Adaptive, Method::Hash,
                              Method::Histogram, Method::Threshold}) {
    const auto detector = make_detector(method);
    std::vector<std::pair<FrameNumber, ScoreCurve>> seen;
    for (const SmallPicture& picture : varied()) {
      detector->push(picture);
      seen.emplace_back(detector->settled(), detector->so_far());
    }
    const FrameNumber last = seen.back().first;
    EXPECT_GT(last, 300) << to_string(method);
    const ScoreCurve whole = detector->finish();
    for (const auto& [settled, curve] : seen) {
      const auto end = static_cast<std::size_t>(settled);
      ASSERT_TRUE(std::equal(whole.hard.begin(), whole.hard.begin() + settled, curve.hard.begin())) << end;
      const auto before = [&](std::vector<Cut> cuts) {
        std::erase_if(cuts, [&](const Cut& cut) { return cut.frame >= settled; });
        return cuts;
      };
      ASSERT_EQ(before(whole.gradual), before(curve.gradual)) << to_string(method) << " " << end;
    }
  }
}

TEST(ShotDetector, TheSimdLevelDoesNotMatter) {
  const std::vector<std::pair<std::uint32_t, int>> shots = {{1, 20}, {2, 3}, {3, 40}, {4, 1}, {5, 20}};
  EXPECT_EQ(detect(shots, SimdLevel::Portable), detect(shots));
}

}  // namespace
}  // namespace heaters::shots

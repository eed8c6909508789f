#include "shots/score_curve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace heaters::shots {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ScoreCurve curve(FrameNumber frames, const std::vector<std::pair<FrameNumber, int>>& hard,
                 const std::vector<Cut>& gradual = {}) {
  ScoreCurve result;
  result.hard.assign(static_cast<std::size_t>(frames), 0);
  for (const auto& [frame, score] : hard) {
    result.hard[static_cast<std::size_t>(frame)] = static_cast<std::uint8_t>(score);
  }
  result.gradual = gradual;
  return result;
}

std::vector<FrameNumber> frames(const ScoreCurve& scores, const CutSelection& selection) {
  std::vector<FrameNumber> result;
  for (const Cut& cut : select_cuts(scores, selection)) result.push_back(cut.frame);
  return result;
}

TEST(SelectCuts, ThresholdDecides) {
  const ScoreCurve scores = curve(100, {{20, 255}, {40, 128}, {60, 100}});
  EXPECT_THAT(frames(scores, {.threshold = 0.5F}), ElementsAre(20, 40));
  EXPECT_THAT(frames(scores, {.threshold = 0.3F}), ElementsAre(20, 40, 60));
  EXPECT_THAT(frames(scores, {.threshold = 1.0F}), ElementsAre(20));
  EXPECT_THAT(frames(scores, {.threshold = 0.0F}), ElementsAre(20, 40, 60));
}

TEST(SelectCuts, OfTwoBoundariesThatAreTooCloseTheWeakerGoes) {
  const ScoreCurve scores = curve(100, {{20, 200}, {25, 255}, {60, 255}, {65, 200}});
  EXPECT_THAT(frames(scores, {.min_shot = 6}), ElementsAre(25, 60));
  EXPECT_THAT(frames(scores, {.min_shot = 5}), ElementsAre(20, 25, 60, 65));
}

TEST(SelectCuts, TheMinimumHoldsAtBothEndsOfTheVideo) {
  const ScoreCurve scores = curve(100, {{4, 255}, {96, 255}});
  EXPECT_THAT(frames(scores, {.min_shot = 5}), IsEmpty());
  EXPECT_THAT(frames(scores, {.min_shot = 4}), ElementsAre(4, 96));
}

TEST(SelectCuts, GradualOnesTakePartByTheirScore) {
  const ScoreCurve scores = curve(100, {{20, 255}}, {{50, CutKind::Dissolve, 0.4F, {40, 60}}});
  EXPECT_THAT(frames(scores, {.threshold = 0.5F}), ElementsAre(20));
  EXPECT_THAT(frames(scores, {.threshold = 0.4F}), ElementsAre(20, 50));
}

TEST(SelectCuts, NothingComesOfNothing) {
  EXPECT_THAT(select_cuts({}, {}), IsEmpty());
  EXPECT_THAT(frames(curve(1, {{0, 255}}), {}), IsEmpty());
}

TEST(ScoreCurve, ComesBackFromDiskAsItWas) {
  const ScoreCurve scores =
      curve(50, {{20, 255}, {21, 7}},
            {{30, CutKind::Dissolve, 51 / 255.0F, {25, 36}}, {40, CutKind::Fade, 1.0F, {38, 42}}});
  EXPECT_EQ(ScoreCurve::decode(scores.encode()), scores);
}

TEST(ScoreCurve, DamageIsCorruptNotACrash) {
  const auto bytes = curve(20, {{5, 9}}, {{10, CutKind::Fade, 1.0F, {8, 12}}}).encode();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(ScoreCurve::decode(std::span(bytes).first(length)), Error) << length;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= std::byte{0xff};
    try {
      const ScoreCurve decoded = ScoreCurve::decode(damaged);
      for (const Cut& cut : decoded.gradual)
        EXPECT_LT(cut.frame, static_cast<FrameNumber>(decoded.hard.size()));
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
    }
  }
}

}  // namespace
}  // namespace heaters::shots

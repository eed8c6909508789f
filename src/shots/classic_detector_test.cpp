#include "shots/classic_detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"

namespace heaters::shots {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

SmallPicture tiles(std::uint32_t seed, int brighter = 0) {
  std::mt19937 random(seed);
  std::array<int, 32> levels{};
  for (int& level : levels) level = 50 + static_cast<int>(random() % 120);
  SmallPicture picture;
  double sum = 0;
  for (std::size_t i = 0; i < picture.y.size(); ++i) {
    picture.y[i] = static_cast<std::uint8_t>(levels[i / 64 / 9 * 8 + i % 64 / 8] + brighter);
    sum += picture.y[i];
  }
  picture.u.fill(static_cast<std::uint8_t>(100 + random() % 56));
  picture.v.fill(static_cast<std::uint8_t>(100 + random() % 56));
  picture.mean = static_cast<float>(sum / static_cast<double>(picture.y.size()));
  return picture;
}

SmallPicture black() {
  SmallPicture picture;
  picture.y.fill(16);
  picture.u.fill(128);
  picture.v.fill(128);
  picture.mean = 16;
  return picture;
}

std::vector<FrameNumber> found(Method method, const std::vector<SmallPicture>& pictures, float level = 0) {
  const auto detector = make_detector(method, level);
  for (const SmallPicture& picture : pictures) detector->push(picture);
  std::vector<FrameNumber> frames;
  for (const Cut& cut : select_cuts(detector->finish(), {})) frames.push_back(cut.frame);
  return frames;
}

std::vector<SmallPicture> three_shots() {
  std::vector<SmallPicture> pictures;
  for (const std::uint32_t seed : {1U, 2U, 3U}) pictures.insert(pictures.end(), 20, tiles(seed));
  return pictures;
}

TEST(ClassicDetector, EachFindsCutsOnTheirFrames) {
  for (const Method method : {Method::Content, Method::Adaptive, Method::Hash, Method::Histogram}) {
    EXPECT_THAT(found(method, three_shots()), ElementsAre(20, 40)) << to_string(method);
  }
}

TEST(ClassicDetector, StillPicturesHaveNoCuts) {
  for (const Method method :
       {Method::Content, Method::Adaptive, Method::Hash, Method::Histogram, Method::Threshold}) {
    EXPECT_THAT(found(method, std::vector<SmallPicture>(60, tiles(1))), IsEmpty());
    EXPECT_THAT(found(method, {}), IsEmpty());
  }
}

// A light that is switched on: all levels rise, and none else changes.
TEST(ClassicDetector, EachSeesWhatItsDefinitionSays) {
  std::vector<SmallPicture> pictures(20, tiles(1));
  pictures.insert(pictures.end(), 20, tiles(1, 60));
  EXPECT_THAT(found(Method::Hash, pictures), IsEmpty());
  EXPECT_THAT(found(Method::Histogram, pictures), ElementsAre(20));
}

TEST(ClassicDetector, ThresholdPutsABoundaryInTheMiddleOfTheDark) {
  std::vector<SmallPicture> pictures(20, tiles(1));
  pictures.insert(pictures.end(), 10, black());
  pictures.insert(pictures.end(), 20, tiles(2));
  EXPECT_THAT(found(Method::Threshold, pictures), ElementsAre(25));
}

TEST(ClassicDetector, TheLevelIsWhereACutIsAsLikelyAsNot) {
  const auto detector = make_detector(Method::Content, 0);
  for (const SmallPicture& picture : three_shots()) detector->push(picture);
  const ScoreCurve curve = detector->finish();
  const float value = detector->statistics(20)[0];
  ASSERT_GT(value, 27);
  EXPECT_EQ(detector->statistic_names(), std::vector<std::string_view>{"content_val"});
  EXPECT_NEAR(curve.hard[20] / 255.0, value / (value + 27), 0.003);
  EXPECT_THAT(found(Method::Content, three_shots(), value * 0.999F), testing::Contains(20));
  EXPECT_THAT(found(Method::Content, three_shots(), value * 1.01F), testing::Not(testing::Contains(20)));
}

TEST(Methods, HaveNames) {
  for (const Method method : {Method::Window, Method::Content, Method::Adaptive, Method::Hash,
                              Method::Histogram, Method::Threshold}) {
    EXPECT_EQ(parse_method(to_string(method)), method);
  }
  EXPECT_EQ(to_string(Method::Hash), "hash");
  EXPECT_THROW(parse_method("scdet"), Error);
}

}  // namespace
}  // namespace heaters::shots

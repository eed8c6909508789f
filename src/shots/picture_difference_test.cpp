#include "shots/picture_difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "shots/blend.h"

namespace heaters::shots {
namespace {

SmallPicture picture(const std::function<double(int x, int y)>& level) {
  SmallPicture made;
  double sum = 0;
  double squares = 0;
  for (int y = 0; y < SmallPicture::height; ++y) {
    for (int x = 0; x < SmallPicture::width; ++x) {
      const auto sample = static_cast<std::uint8_t>(std::lround(level(x, y)));
      made.y.at(std::size_t{SmallPicture::width} * static_cast<std::size_t>(y) +
                static_cast<std::size_t>(x)) = sample;
      sum += sample;
      squares += static_cast<double>(sample) * sample;
    }
  }
  const double count = SmallPicture::width * SmallPicture::height;
  made.mean = static_cast<float>(sum / count);
  made.deviation = static_cast<float>(std::sqrt(squares / count - made.mean * made.mean));
  made.u.fill(128);
  made.v.fill(128);
  return made;
}

double hills(double x, double y) {
  return 120 + 40 * std::sin(x / 5) * std::cos(y / 4) + 20 * std::sin(y / 2);
}

const Kernels& best() {
  return kernels(best_simd_level());
}

TEST(PictureDifference, OfAPictureWithItselfIsNothing) {
  const SmallPicture a = picture(hills);
  EXPECT_EQ(compare(a, a, best()).moved, 0);
  EXPECT_NEAR(compare(a, a, best()).correlation, 1, 1e-4);
}

TEST(PictureDifference, ASmallMoveCostsLittle) {
  const SmallPicture a = picture(hills);
  const SmallPicture moved = picture([](int x, int y) { return hills(x + 3, y + 1); });
  const SmallPicture other = picture([](int x, int y) { return 120 + 50 * std::sin(x / 3.0 + y); });
  EXPECT_LT(compare(a, moved, best()).moved, 0.1);
  EXPECT_GT(compare(a, other, best()).moved, 0.4);
}

TEST(PictureDifference, LightAndContrastDoNotChangeTheCorrelation) {
  const SmallPicture a = picture(hills);
  const SmallPicture lit = picture([](int x, int y) { return hills(x, y) * 0.5 + 120; });
  EXPECT_NEAR(correlate(a, lit), 1, 0.01);
  EXPECT_LT(compare(a, lit, best()).change(), 0.3);
}

TEST(PictureDifference, FlatPicturesDoNotCorrelate) {
  const SmallPicture flat = picture([](int, int) { return 100; });
  EXPECT_EQ(correlate(flat, picture(hills)), 0);
  EXPECT_EQ(correlate(flat, flat), 0);
}

TEST(PictureDifference, EverySimdLevelGivesTheSameBits) {
  const SmallPicture a = picture(hills);
  const SmallPicture b = picture([](int x, int y) { return hills(x * 1.1 + 2, y * 0.9); });
  const PictureDifference expected = compare(a, b, kernels(SimdLevel::Portable));
  for (const SimdLevel level : {SimdLevel::Sse2, SimdLevel::Avx2}) {
    if (level > best_simd_level()) continue;
    EXPECT_EQ(compare(a, b, kernels(level)).moved, expected.moved);
  }
}

TEST(Blend, FindsTheShareOfAMix) {
  const SmallPicture a = picture(hills);
  const SmallPicture b = picture([](int x, int y) { return 60 + x + y; });
  const SmallPicture mix = picture([&](int x, int y) { return hills(x, y) * 0.7 + (60 + x + y) * 0.3; });
  const Blend blend = fit_blend(a, mix, b);
  EXPECT_NEAR(blend.alpha, 0.3, 0.01);
  EXPECT_LT(blend.residual, 0.02);
}

TEST(Blend, AnotherPictureIsNoMix) {
  const SmallPicture a = picture(hills);
  const SmallPicture b = picture([](int x, int y) { return 60 + x + y; });
  const SmallPicture other = picture([](int x, int y) { return 120 + 50 * std::sin(x / 3.0 + y); });
  EXPECT_GT(fit_blend(a, other, b).residual, 0.6);
  EXPECT_EQ(fit_blend(a, other, a).residual, 1);
}

}  // namespace
}  // namespace heaters::shots

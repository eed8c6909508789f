#include "looks/look.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace heaters::looks {
namespace {

using shots::SmallPicture;

constexpr int big_width = 640;
constexpr int big_height = 360;

// A scene of soft blobs, as large pictures are after shrinking; every seed is another one.
struct BigPicture {
  std::vector<std::uint8_t> y = std::vector<std::uint8_t>(big_width * big_height);
  std::vector<std::uint8_t> u = std::vector<std::uint8_t>(big_width * big_height / 4);
  std::vector<std::uint8_t> v = std::vector<std::uint8_t>(big_width * big_height / 4);
};

std::size_t at_cell(int x, int y, int width) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

BigPicture scene(unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> unit(0, 1);
  struct Blob {
    float x, y, size, level, u, v;
  };
  std::vector<Blob> blobs(14);
  for (Blob& blob : blobs) {
    blob = {unit(random) * big_width, unit(random) * big_height, 15 + 90 * unit(random),
            160 * unit(random) - 60,  60 * unit(random) - 30,    60 * unit(random) - 30};
  }
  BigPicture picture;
  for (int row = 0; row < big_height; ++row) {
    for (int column = 0; column < big_width; ++column) {
      float level = 95;
      float u = 128;
      float v = 128;
      for (const Blob& blob : blobs) {
        const float dx = (static_cast<float>(column) - blob.x) / blob.size;
        const float dy = (static_cast<float>(row) - blob.y) / blob.size;
        const float weight = std::exp(-dx * dx - dy * dy);
        level += weight * blob.level;
        u += weight * blob.u;
        v += weight * blob.v;
      }
      picture.y[at_cell(column, row, big_width)] =
          static_cast<std::uint8_t>(std::clamp(level, 16.0F, 235.0F));
      const std::size_t chroma = at_cell(column / 2, row / 2, big_width / 2);
      picture.u[chroma] = static_cast<std::uint8_t>(std::clamp(u, 16.0F, 240.0F));
      picture.v[chroma] = static_cast<std::uint8_t>(std::clamp(v, 16.0F, 240.0F));
    }
  }
  return picture;
}

SmallPicture small(const BigPicture& picture) {
  SmallPicture result;
  shots::Shrinker shrinker;
  shrinker.shrink({.y = {picture.y.data(), big_width, big_width, big_height},
                   .u = {picture.u.data(), big_width / 2, big_width / 2, big_height / 2},
                   .v = {picture.v.data(), big_width / 2, big_width / 2, big_height / 2}},
                  result);
  return result;
}

Look look(const BigPicture& picture) {
  const SmallPicture shrunk = small(picture);
  BorderFinder borders;
  borders.add(shrunk);
  return quantised(look_of(shrunk, borders.content(), {}));
}

template <typename Change>
BigPicture changed(BigPicture picture, Change change) {
  for (std::uint8_t& each : picture.y) {
    each = static_cast<std::uint8_t>(std::clamp(change(static_cast<float>(each)), 16.0F, 235.0F));
  }
  return picture;
}

// `rows` of black above and below, the picture between squeezed.
BigPicture letterboxed(const BigPicture& picture, int rows) {
  BigPicture result;
  std::fill(result.y.begin(), result.y.end(), std::uint8_t{16});
  std::fill(result.u.begin(), result.u.end(), std::uint8_t{128});
  std::fill(result.v.begin(), result.v.end(), std::uint8_t{128});
  const int inside = big_height - 2 * rows;
  for (int row = 0; row < inside; ++row) {
    const int from = row * big_height / inside;
    std::copy_n(picture.y.begin() + from * big_width, big_width, result.y.begin() + (row + rows) * big_width);
    const int chroma = (row + rows) / 2 * (big_width / 2);
    std::copy_n(picture.u.begin() + from / 2 * (big_width / 2), big_width / 2, result.u.begin() + chroma);
    std::copy_n(picture.v.begin() + from / 2 * (big_width / 2), big_width / 2, result.v.begin() + chroma);
  }
  return result;
}

TEST(Look, OfAnotherSceneIsAnother) {
  std::vector<Look> all;
  for (unsigned seed = 1; seed <= 40; ++seed) all.push_back(look(scene(seed)));
  float most = -1;
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = a + 1; b < all.size(); ++b) most = std::max(most, likeness(all[a], all[b]));
  }
  EXPECT_LT(most, 0.85F);
}

TEST(Look, StaysWithBrightnessContrastAndNoise) {
  std::mt19937 random(5);
  std::normal_distribution<float> noise(0, 8);
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const BigPicture picture = scene(seed);
    const Look original = look(picture);
    EXPECT_GT(likeness(original, look(changed(picture, [](float y) { return y + 25; }))), 0.95F) << seed;
    EXPECT_GT(likeness(original, look(changed(picture, [](float y) { return (y - 126) * 0.8F + 126; }))),
              0.97F);
    EXPECT_GT(likeness(original, look(changed(picture, [&](float y) { return y + noise(random); }))), 0.98F);
  }
}

TEST(Look, LooksThroughBlackBorders) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const BigPicture picture = scene(seed);
    for (const int rows : {20, 33, 46, 60}) {
      EXPECT_GT(likeness(look(picture), look(letterboxed(picture, rows))), 0.93F) << seed << " " << rows;
    }
  }
}

TEST(Look, FindsBordersThatAreThereAlwaysOnly) {
  const SmallPicture boxed = small(letterboxed(scene(3), 45));
  const SmallPicture open = small(scene(4));
  BorderFinder borders;
  borders.add(boxed);
  EXPECT_NEAR(borders.content().top, 4.5F, 0.6F);
  EXPECT_NEAR(borders.content().bottom, 31.5F, 0.6F);
  EXPECT_EQ(borders.content().left, 0);
  borders.add(open);
  EXPECT_EQ(borders.content().top, 0);
  // Nothing but darkness has no borders.
  BorderFinder dark;
  SmallPicture night;
  night.y.fill(18);
  dark.add(night);
  EXPECT_EQ(dark.content().bottom, SmallPicture::height);
}

TEST(Look, OfNothingIsAlikeToNothing) {
  SmallPicture grey;
  grey.y.fill(120);
  grey.u.fill(128);
  grey.v.fill(128);
  const Look plain = quantised(look_of(grey, {}, {}));
  EXPECT_EQ(plain, Look{});
  EXPECT_EQ(likeness(plain, look(scene(1))), 0);
}

}  // namespace
}  // namespace heaters::looks

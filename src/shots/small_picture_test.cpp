#include "shots/small_picture.h"

#include <gtest/gtest.h>

#include <random>

#include "shots/picture_difference.h"

namespace heaters::shots {
namespace {

// A random picture in memory, any size and depth.
struct Source {
  int width;
  int height;
  int bit_depth;
  std::vector<std::uint8_t> y, u, v;

  Source(int w, int h, int depth, std::uint32_t seed) : width(w), height(h), bit_depth(depth) {
    std::mt19937 random(seed);
    const auto fill = [&](std::vector<std::uint8_t>& plane, int plane_width, int plane_height) {
      for (int i = 0; i < plane_width * plane_height; ++i) {
        const auto sample = static_cast<std::uint32_t>(random() & ((1U << depth) - 1));
        plane.push_back(static_cast<std::uint8_t>(sample));
        if (depth > 8) plane.push_back(static_cast<std::uint8_t>(sample >> 8));
      }
    };
    fill(y, w, h);
    fill(u, (w + 1) / 2, (h + 1) / 2);
    fill(v, (w + 1) / 2, (h + 1) / 2);
  }

  YuvPicture picture() const {
    const int bytes = bit_depth > 8 ? 2 : 1;
    const int chroma_width = (width + 1) / 2;
    const int chroma_height = (height + 1) / 2;
    return {{y.data(), width * bytes, width, height},
            {u.data(), chroma_width * bytes, chroma_width, chroma_height},
            {v.data(), chroma_width * bytes, chroma_width, chroma_height},
            bit_depth};
  }
};

SmallPicture shrink(const YuvPicture& picture, SimdLevel level) {
  SmallPicture small;
  Shrinker(level).shrink(picture, small);
  return small;
}

TEST(SmallPicture, EveryCellIsTheMeanOfWhatItCovers) {
  // 128x72: two by two samples a cell.
  Source source(128, 72, 8, 1);
  const SmallPicture small = shrink(source.picture(), SimdLevel::Portable);
  for (std::size_t row = 0; row < 36; ++row) {
    for (std::size_t column = 0; column < 64; ++column) {
      const std::size_t at = 2 * row * 128 + 2 * column;
      const int sum = source.y[at] + source.y[at + 1] + source.y[at + 128] + source.y[at + 129];
      ASSERT_EQ(small.y[row * 64 + column], (sum + 2) / 4);
    }
  }
}

// Of a large picture rows are read in pairs, some left out: the fields of interlaced video count alike, and
// an even course stays what it is.
TEST(SmallPicture, OfLargePicturesEnoughRowsAreRead) {
  for (const int height : {576, 612, 720, 900, 1080, 2160}) {
    const auto rows = static_cast<std::size_t>(height);
    std::vector<std::uint8_t> samples(rows * 64);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const std::size_t row = i / 64;
      samples[i] = static_cast<std::uint8_t>(20 + row * 150 / rows + (row % 2 == 0 ? 0 : 60));
    }
    const SmallPicture small = shrink({{samples.data(), 64, 64, height}, {}, {}, 8}, SimdLevel::Portable);
    for (std::size_t cell = 0; cell < 36; ++cell) {
      const double middle = (static_cast<double>(cell) + 0.5) / 36;
      ASSERT_NEAR(small.y[cell * 64], 20 + 150 * middle + 30, 1.5) << height << ", row " << cell;
    }
  }
}

TEST(SmallPicture, SimdIsThePortableCodeBitForBit) {
  std::uint32_t seed = 0;
  for (const auto& [width, height] : {std::pair{1920, 1080},
                                      {1080, 1920},
                                      {641, 359},
                                      {33, 17},
                                      {64, 36},
                                      {1, 1},
                                      {100, 12000},
                                      {7, 5000}}) {
    for (const int depth : {8, 10}) {
      const Source source(width, height, depth, ++seed);
      const SmallPicture portable = shrink(source.picture(), SimdLevel::Portable);
      for (const SimdLevel level : {SimdLevel::Sse2, SimdLevel::Avx2}) {
        if (level > best_simd_level()) continue;
        EXPECT_EQ(shrink(source.picture(), level), portable)
            << width << "x" << height << " at " << depth << " bits";
      }
    }
  }
}

TEST(SmallPicture, DepthDoesNotMatter) {
  Source eight(320, 180, 8, 3);
  Source ten(320, 180, 10, 3);
  for (auto [wide, narrow] : {std::pair{&ten.y, &eight.y}, {&ten.u, &eight.u}, {&ten.v, &eight.v}}) {
    for (std::size_t i = 0; i < narrow->size(); ++i) {
      const int sample = (*narrow)[i] * 4;
      (*wide)[2 * i] = static_cast<std::uint8_t>(sample);
      (*wide)[2 * i + 1] = static_cast<std::uint8_t>(sample >> 8);
    }
  }
  EXPECT_EQ(shrink(ten.picture(), SimdLevel::Portable), shrink(eight.picture(), SimdLevel::Portable));
}

TEST(SmallPicture, GreyPicturesHaveNeutralChroma) {
  const Source source(320, 180, 8, 4);
  YuvPicture grey = source.picture();
  grey.u = grey.v = {};
  const SmallPicture small = shrink(grey, best_simd_level());
  EXPECT_EQ(small.u, shrink(grey, SimdLevel::Portable).v);
  EXPECT_EQ(small.u[0], 128);
}

TEST(SmallPicture, StridesMayBeNegative) {
  const Source source(128, 72, 8, 5);
  YuvPicture upright = source.picture();
  upright.u = upright.v = {};
  YuvPicture flipped = upright;
  flipped.y.data += flipped.y.stride * 71;
  flipped.y.stride = -flipped.y.stride;
  const SmallPicture a = shrink(upright, best_simd_level());
  const SmallPicture b = shrink(flipped, best_simd_level());
  EXPECT_EQ(a.y[0], b.y[35 * 64]);
  EXPECT_EQ(a.y[63], b.y[35 * 64 + 63]);
}

}  // namespace
}  // namespace heaters::shots

#include "media/picture_geometry.h"

#include <gtest/gtest.h>

namespace heaters::media {
namespace {

VideoStreamInfo video(int width, int height, Rational aspect = {1, 1}, int rotation = 0) {
  return {.width = width, .height = height, .pixel_aspect = aspect, .rotation = rotation};
}

void expect_size(PictureSize actual, int width, int height) {
  EXPECT_EQ(actual.width, width);
  EXPECT_EQ(actual.height, height);
}

TEST(PictureGeometry, TheShortSideIsLimitedAndNothingIsEnlarged) {
  expect_size(fit_short_side(video(1920, 1080), 720), 1280, 720);
  expect_size(fit_short_side(video(1080, 1920), 720), 720, 1280);
  expect_size(fit_short_side(video(640, 360), 720), 640, 360);
  expect_size(fit_short_side(video(3840, 1600), 720), 1728, 720);
}

TEST(PictureGeometry, SizesAreEvenWhateverComesIn) {
  expect_size(fit_short_side(video(321, 181), 720), 322, 182);
  expect_size(fit_short_side(video(1, 1), 720), 16, 16);
  for (int width = 1; width < 200; width += 7) {
    const PictureSize size = fit_short_side(video(width, 333), 100);
    EXPECT_EQ(size.width % 2, 0);
    EXPECT_EQ(size.height % 2, 0);
  }
}

TEST(PictureGeometry, PixelsBecomeSquareAndPicturesUpright) {
  expect_size(display_size(video(720, 576, {64, 45})), 1024, 576);
  expect_size(display_size(video(1440, 1080, {4, 3})), 1920, 1080);
  expect_size(display_size(video(640, 480, {1, 2})), 640, 960);
  expect_size(display_size(video(1920, 1080, {1, 1}, 90)), 1080, 1920);
  expect_size(fit_short_side(video(1920, 1080, {1, 1}, 270), 720), 720, 1280);
}

TEST(PictureGeometry, PanoramasFitTheEncoder) {
  const PictureSize size = fit_short_side(video(20000, 1000), 720);
  EXPECT_LE(size.width, 4096);
}

TEST(PictureGeometry, ABoxLimitsBothSides) {
  expect_size(fit_box(video(1920, 1080), 160), 160, 90);
  expect_size(fit_box(video(1080, 1920), 160), 90, 160);
}

}  // namespace
}  // namespace heaters::media

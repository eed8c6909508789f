#include "media/picture_geometry.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace heaters::media {

namespace {

constexpr int smallest_side = 16;

struct RealSize {
  double width;
  double height;
};

RealSize real_display_size(const VideoStreamInfo& video) {
  RealSize size{static_cast<double>(video.width), static_cast<double>(video.height)};
  const double aspect = to_double(video.pixel_aspect);
  // Stretching one side keeps every source pixel; squeezing the other would lose some.
  if (aspect >= 1) {
    size.width *= aspect;
  } else {
    size.height /= aspect;
  }
  if (video.rotation == 90 || video.rotation == 270) std::swap(size.width, size.height);
  return size;
}

int even(double length) {
  return std::max(smallest_side, static_cast<int>(std::lround(length / 2)) * 2);
}

PictureSize scaled(RealSize size, double factor) {
  factor = std::min(factor, 1.0);
  return {even(size.width * factor), even(size.height * factor)};
}

}  // namespace

PictureSize display_size(const VideoStreamInfo& video) {
  const RealSize size = real_display_size(video);
  return {static_cast<int>(std::lround(size.width)), static_cast<int>(std::lround(size.height))};
}

PictureSize fit_short_side(const VideoStreamInfo& video, int short_side) {
  constexpr double long_side_max = 4096;
  const RealSize size = real_display_size(video);
  return scaled(size, std::min(short_side / std::min(size.width, size.height),
                               long_side_max / std::max(size.width, size.height)));
}

PictureSize fit_box(const VideoStreamInfo& video, int box) {
  const RealSize size = real_display_size(video);
  return scaled(size, box / std::max(size.width, size.height));
}

}  // namespace heaters::media

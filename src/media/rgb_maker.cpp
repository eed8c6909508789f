#include "media/rgb_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "media/av.h"
#include "media/still_maker.h"

namespace heaters::media {

namespace {

PictureSize covering(const VideoStreamInfo& info, PictureSize size) {
  const PictureSize shown = display_size(info);
  const double scale = std::max(static_cast<double>(size.width) / shown.width,
                                static_cast<double>(size.height) / shown.height);
  const auto side = [&](int length, int least) {
    return std::max(least, static_cast<int>(std::lround(length * scale)));
  };
  return {side(shown.width, size.width), side(shown.height, size.height)};
}

}  // namespace

RgbMaker::RgbMaker(const VideoStreamInfo& video, PictureSize size)
    : size_(size),
      stills_(std::make_unique<StillMaker>(
          video, covering(video, size),
          fmt::format(",{},crop={}:{}", StillMaker::to_rgb, size.width, size.height))) {}

RgbMaker::~RgbMaker() = default;

std::vector<std::uint8_t> RgbMaker::make(const Frame& frame) {
  const AVFrame& picture = stills_->make(frame);
  const auto row_bytes = static_cast<std::size_t>(size_.width) * 3;
  std::vector<std::uint8_t> rgb(row_bytes * static_cast<std::size_t>(size_.height));
  for (int y = 0; y < size_.height; ++y) {
    std::copy_n(picture.data[0] + std::ptrdiff_t{picture.linesize[0]} * y, row_bytes,
                rgb.data() + row_bytes * static_cast<std::size_t>(y));
  }
  return rgb;
}

std::vector<std::uint8_t> rgb_of_image(const Frame& image, PictureSize size) {
  VideoStreamInfo info;
  info.width = image.width();
  info.height = image.height();
  return RgbMaker(info, size).make(image);
}

}  // namespace heaters::media

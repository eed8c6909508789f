#include "media/rgb_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "media/av.h"
#include "media/filter_graph.h"
#include "media/picture_filter.h"

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

std::vector<std::uint8_t> rgb_picture(const Frame& frame, const VideoStreamInfo& video, PictureSize size) {
  VideoStreamInfo info = video;
  // One frame on its own: deinterlacing, which looks at neighbours, would hold it back.
  info.is_interlaced = false;
  FilterGraph filters(
      [&](const AVFrame& picture) {
        return picture_filter(info, picture, covering(info, size), PictureUse::Jpeg) +
               fmt::format(",scale=in_color_matrix=bt601:in_range=full,format=rgb24,crop={}:{}", size.width,
                           size.height);
      },
      info.time_base);
  filters.send(&frame.av());
  const AVFrame* picture = filters.receive();
  if (picture == nullptr) throw Error(ErrorKind::Internal, "make an RGB picture: the filters gave none");
  const auto row_bytes = static_cast<std::size_t>(size.width) * 3;
  std::vector<std::uint8_t> rgb(row_bytes * static_cast<std::size_t>(size.height));
  for (int y = 0; y < size.height; ++y) {
    std::copy_n(picture->data[0] + std::ptrdiff_t{picture->linesize[0]} * y, row_bytes,
                rgb.data() + row_bytes * static_cast<std::size_t>(y));
  }
  return rgb;
}

std::vector<std::uint8_t> rgb_of_image(const Frame& image, PictureSize size) {
  VideoStreamInfo info;
  info.width = image.width();
  info.height = image.height();
  return rgb_picture(image, info, size);
}

}  // namespace heaters::media

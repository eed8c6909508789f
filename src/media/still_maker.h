#pragma once

#include <string>

#include "media/filter_graph.h"
#include "media/frame.h"
#include "media/picture_geometry.h"

namespace heaters::media {

// Makes upright pictures (yuvj420p, ready for JPEG) out of single frames. Not thread-safe.
class StillMaker {
 public:
  // `then`: more of libavfilter's filters, ",scale=...", that make another kind of picture of it.
  StillMaker(const VideoStreamInfo& video, PictureSize size, const std::string& then = "");

  // Of the maker's size unless `then` says otherwise; valid until the next call.
  const AVFrame& make(const Frame& frame);

  PictureSize size() const { return size_; }

  // To follow with: 8-bit RGB.
  static constexpr const char* to_rgb = "scale=in_color_matrix=bt601:in_range=full,format=rgb24";

 private:
  PictureSize size_;
  FilterGraph filters_;
};

}  // namespace heaters::media

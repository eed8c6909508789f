#pragma once

#include "media/filter_graph.h"
#include "media/frame.h"
#include "media/picture_geometry.h"

namespace heaters::media {

// Makes small upright pictures (yuvj420p, ready for JPEG) out of single frames. Not thread-safe.
class StillMaker {
 public:
  StillMaker(const VideoStreamInfo& video, PictureSize size);

  // A picture of the maker's size, valid until the next call.
  const AVFrame& make(const Frame& frame);

  PictureSize size() const { return size_; }

 private:
  PictureSize size_;
  FilterGraph filters_;
};

}  // namespace heaters::media

#pragma once

#include <memory>

#include "base/picture.h"
#include "media/frame.h"

namespace heaters::media {

// Shows a decoded frame as planar YUV. What is planar YUV or grey already, as nearly all video is, is shown
// in place; RGB, palettes and packed formats are converted at a reduced size. Not thread-safe.
class YuvReader {
 public:
  YuvReader();
  ~YuvReader();

  // Borrows from the frame, or from the reader until its next call.
  YuvPicture read(const Frame& frame);

 private:
  class Converter;
  std::unique_ptr<Converter> converter_;
};

}  // namespace heaters::media

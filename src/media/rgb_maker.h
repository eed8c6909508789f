#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "media/frame.h"
#include "media/media_info.h"
#include "media/picture_geometry.h"

namespace heaters::media {

class StillMaker;

// Makes pictures as models take them out of single frames: upright, square pixels, HDR tone-mapped, scaled to
// cover a size and cut to its middle. Not thread-safe.
class RgbMaker {
 public:
  RgbMaker(const VideoStreamInfo& video, PictureSize size);
  ~RgbMaker();

  // Rows of R, G and B bytes.
  std::vector<std::uint8_t> make(const Frame& frame);

 private:
  PictureSize size_;
  std::unique_ptr<StillMaker> stills_;
};

// The same of an image that read_image() gave.
std::vector<std::uint8_t> rgb_of_image(const Frame& image, PictureSize size);

}  // namespace heaters::media

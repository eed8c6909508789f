#pragma once

#include <cstdint>
#include <vector>

#include "media/frame.h"
#include "media/media_info.h"
#include "media/picture_geometry.h"

namespace heaters::media {

// A frame of a video as models take pictures: upright, square pixels, HDR tone-mapped, scaled to cover `size`
// and cut to its middle; rows of R, G and B bytes.
std::vector<std::uint8_t> rgb_picture(const Frame& frame, const VideoStreamInfo& info, PictureSize size);

// The same of an image that read_image() gave.
std::vector<std::uint8_t> rgb_of_image(const Frame& image, PictureSize size);

}  // namespace heaters::media

#pragma once

#include "media/media_info.h"

namespace heaters::media {

struct PictureSize {
  int width = 0;
  int height = 0;
  bool operator==(const PictureSize&) const = default;
};

// The size at which a source is shown: square pixels, upright (pixel aspect and rotation applied).
PictureSize display_size(const VideoStreamInfo& video);

// The upright size, both sides even and at least 16, of a picture scaled down, never up, to a short side of
// at most `short_side` (and a long side of at most 4096, which H.264 levels allow), keeping its shape as
// nearly as even sizes can.
PictureSize fit_short_side(const VideoStreamInfo& video, int short_side);

// The same with both sides at most `box`.
PictureSize fit_box(const VideoStreamInfo& video, int box);

}  // namespace heaters::media

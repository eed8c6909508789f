#pragma once

#include <cstddef>
#include <cstdint>

namespace heaters {

// One plane of samples in memory somebody else owns. Samples are one byte, or two in native byte order when
// the picture's bit depth is above 8. `stride` is in bytes and may be negative. A plane of width 0 is absent.
struct Plane {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;
};

// A borrowed planar YUV picture, chroma at any subsampling; `u` and `v` are absent in grey pictures.
struct YuvPicture {
  Plane y, u, v;
  int bit_depth = 8;  // 8 to 16, in the low bits of each sample
};

}  // namespace heaters

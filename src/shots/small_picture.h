#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/picture.h"
#include "shots/kernels.h"

namespace heaters::shots {

// What shot detection sees of a frame: every cell is the mean of the samples it covers, 8 bit, whatever the
// source's size, shape and bit depth; from 16 rows a cell on, of some of the rows. Averaging removes noise
// and grain, which are no change of picture. A value.
struct SmallPicture {
  static constexpr int width = 64;
  static constexpr int height = 36;
  static constexpr int chroma_width = 32;
  static constexpr int chroma_height = 18;

  std::array<std::uint8_t, width * height> y{};
  std::array<std::uint8_t, chroma_width * chroma_height> u{};  // 128 in grey pictures
  std::array<std::uint8_t, chroma_width * chroma_height> v{};
  float mean = 0;       // of y
  float deviation = 0;  // standard deviation of y

  bool operator==(const SmallPicture&) const = default;
};

// A picture is flat, of one level but for noise, below this deviation.
inline constexpr float flat_deviation = 2.5F;

// Makes small pictures. Holds scratch memory; not thread-safe.
class Shrinker {
 public:
  explicit Shrinker(SimdLevel level = best_simd_level()) : kernels_(kernels(level)) {}

  // Planes must be absent or non-empty.
  void shrink(const YuvPicture& picture, SmallPicture& out);

 private:
  void shrink_plane(const Plane& plane, int bit_depth, int width, int height, std::uint8_t* out);
  void add_row(const Plane& plane, int row, int bit_depth, bool fits_16);

  const Kernels& kernels_;
  std::vector<std::uint16_t> sums16_;
  std::vector<std::uint32_t> sums32_;
};

}  // namespace heaters::shots

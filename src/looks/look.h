#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "shots/small_picture.h"

namespace heaters::looks {

// What a picture looks like, as a direction in 256 dimensions: alike pictures have a large dot product. Made
// from a small picture, without weights, and little changed by scale, recompression, brightness, contrast,
// small crops and black borders. A value.
//
//   0– 63  low frequencies of luma: an 8 by 8 corner of its cosine transform, without the mean
//  64–191  gradient structure: 8 directions in 4 by 4 cells (after Dalal and Triggs, "Histograms of oriented
//          gradients for human detection", 2005)
// 192–239  colour layout: mean U and V of 6 by 4 cells (after MPEG-7's, ISO/IEC 15938-3, 8.4)
// 240–255  motion: how much luma changes from frame to frame in 4 by 4 cells
inline constexpr std::size_t look_dimensions = 256;
// Of what is above: a change of it is another version, and all looks have to be made again.
inline constexpr const char* look_version = "look/1";

// In steps of 1/127 of the largest that a component is let be.
using Look = std::array<std::int8_t, look_dimensions>;

// The part of a small picture that is no black border, in cells of the luma grid, fractions included.
struct ContentBox {
  float left = 0;
  float top = 0;
  float right = shots::SmallPicture::width;
  float bottom = shots::SmallPicture::height;
};

// Finds borders from several pictures of one scene: lines at the edges that are dark, even, and never change.
// A dark picture alone cannot tell.
class BorderFinder {
 public:
  BorderFinder() { clear(); }
  void add(const shots::SmallPicture& picture);
  ContentBox content() const;
  void clear();

 private:
  using Cells = std::array<std::uint8_t, shots::SmallPicture::width * shots::SmallPicture::height>;
  template <typename Cell>
  float border(int lines, int across, const Cell& cell) const;
  template <typename Cell>
  bool is_border(int across, float level, const Cell& cell) const;

  Cells brightest_{};
  Cells darkest_{};
};

// How much each cell of a 4 by 4 grid changed, mean grey levels per frame.
using Motion = std::array<float, 16>;

using LookVector = std::array<float, look_dimensions>;

// Shorter than 1 for a picture with little in it, such as one that is fading: it says less.
LookVector look_of(const shots::SmallPicture& picture, const ContentBox& content, const Motion& motion);

// The mean of directions, as a direction.
Look mean_look(std::span<const LookVector> looks);
Look quantised(const LookVector& look);
LookVector widened(const Look& look);

// The cosine of the angle between two, -1 to 1.
float likeness(const Look& a, const Look& b);

}  // namespace heaters::looks

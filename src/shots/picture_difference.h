#pragma once

#include "shots/kernels.h"
#include "shots/small_picture.h"

namespace heaters::shots {

// How unlike two pictures are.
struct PictureDifference {
  // Mean absolute difference of luma and chroma after each block has been moved to where it fits best, over
  // the pictures' own contrast: about 0.05 within a shot, 0.5 and more across a cut. Motion and camera moves
  // of up to 4 cells (6 % of the width) cost little; dark and flat scenes count as much as bright ones.
  float moved = 0;
  // Pearson correlation of luma cell by cell, -1 to 1: does not see brightness and contrast, so a flash or a
  // light switched on stays near 1. 0 when a picture is flat.
  float correlation = 0;
  // How much of the picture changes, 0 to 1: a block counts in full when what is left of its difference is a
  // third of the pictures' contrast. An object that passes changes much, but not everywhere.
  float spread = 0;

  // `moved`, lowered as far as the structure stays the same: what a cut is judged by.
  float change() const;
};

PictureDifference compare(const SmallPicture& a, const SmallPicture& b, const Kernels& kernels);

// Only the correlation.
float correlate(const SmallPicture& a, const SmallPicture& b);

}  // namespace heaters::shots

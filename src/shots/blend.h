#pragma once

#include "shots/small_picture.h"

namespace heaters::shots {

// How well `middle` is explained as (1 - alpha) * a + alpha * b, cell by cell: what a dissolve is, and what
// motion is not.
struct Blend {
  float alpha = 0;     // least-squares share of b
  float residual = 1;  // what is left unexplained over the distance from a to b; 0 for a perfect mix
  float distance = 0;  // root mean square difference of a and b, grey levels
};

Blend fit_blend(const SmallPicture& a, const SmallPicture& middle, const SmallPicture& b);

}  // namespace heaters::shots

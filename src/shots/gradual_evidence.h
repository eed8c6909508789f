#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "shots/kernels.h"
#include "shots/observations.h"
#include "shots/picture_window.h"

namespace heaters::shots {

// What a window of frames shows about a transition over some frames, between the picture before it and the
// one after: what the model decides by. The order is that of gradual_facts.
enum class GradualFact : std::size_t {
  Length,          // frames
  Change,          // between the ends
  Correlation,     // between the ends
  Spread,          // between the ends
  MixResidual,     // what a mix of the ends leaves unexplained at a quarter, half and three quarters; mean
  WorstResidual,   // and the largest of the three
  SelectResidual,  // and when every cell is taken from the end that fits better; the largest
  Order,           // how far the shares at a quarter, half and three quarters are from a steady course
  LeastDeviation,  // of the ends, levels
  Dip,             // deviation in the middle over that of the ends
  LargestStep,     // largest change between frames within, over that of the ends
  Step,            // mean change between frames within
  Before,          // change of as many frames before the window, over that of the ends
  After,           // and after it
  Count,
};
using GradualEvidence = std::array<float, static_cast<std::size_t>(GradualFact::Count)>;
extern const std::array<std::string_view, static_cast<std::size_t>(GradualFact::Count)> gradual_facts;

// Of the window from the last picture before the transition to the first after it; nullopt when it is plainly
// none.
std::optional<GradualEvidence> gradual_evidence(const PictureWindow& window,
                                                const std::vector<FrameObservation>& frames,
                                                FrameNumber before, FrameNumber after,
                                                const Kernels& kernels);

// What a plain rule makes of it, as log odds: whether what is between the ends is a mix of them. The model
// mends it where composed transitions show it wrong, and elsewhere leaves it as it is.
float gradual_rule(const GradualEvidence& evidence);

}  // namespace heaters::shots

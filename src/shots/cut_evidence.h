#pragma once

#include <vector>

#include "base/time.h"
#include "shots/kernels.h"
#include "shots/observations.h"
#include "shots/picture_window.h"

namespace heaters::shots {

// Frames after a frame, and before it, that evidence looks at.
inline constexpr FrameNumber evidence_reach = 8;

// What a window of frames shows about a hard cut before a frame; changes are those of
// PictureDifference::change().
struct CutEvidence {
  float change = 0;         // across
  float correlation = 0;    // of luma, across
  float usual = 0;          // second smallest change of the 4 nearest frames, mean of both sides
  float adjacent = 0;       // the larger change right before and after
  float return_change = 0;  // least change to what was there a moment before, or will be: a flash comes back
  bool is_light = false;    // only the light changes, and comes back
  bool is_glow = false;     // it follows such a change, and keeps much of the picture

  // 0 to 1: how likely it is a cut, see docs/shots.md.
  float score() const;
};

// `frames` are those of the window's end. A mixed frame's change is that across it. The window must reach
// `evidence_reach` frames past `frame`, or to the end of the video.
CutEvidence cut_evidence(const PictureWindow& window, const std::vector<FrameObservation>& frames,
                         FrameNumber frame, const Kernels& kernels);

}  // namespace heaters::shots

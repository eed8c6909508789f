#pragma once

#include <vector>

#include "base/time.h"
#include "shots/score_curve.h"

namespace heaters::shots {

// What the detector wrote down about one frame while its neighbours were at hand. 24 bytes.
struct FrameObservation {
  float change = 0;               // PictureDifference::change() from the frame before
  float correlation = 0;          // PictureDifference::correlation with the frame before
  float mean = 0;                 // of luma
  float deviation = 0;            // of luma
  float score = 0;                // of a hard cut before it
  bool is_judged = true;          // false: frames before it were passed over
  bool is_tail_of_blend = false;  // the frame before was a mix that already counts as the cut
  bool is_light = false;          // CutEvidence::is_light of the change before it
};

// A window that looks like a dissolve or a wipe.
struct DissolveObservation {
  FrameSpan span;
  float score = 0;
};

// A run of frames that are all black or all white, with pictures on both sides.
struct BlankObservation {
  FrameSpan span;
  bool same_scene = false;  // the pictures on both sides are of one scene
};

struct Observations {
  std::vector<FrameObservation> frames;
  std::vector<DissolveObservation> dissolves;
  std::vector<BlankObservation> blanks;
};

// Settles what overlaps: see docs/shots.md.
ScoreCurve build_score_curve(const Observations& observations);

}  // namespace heaters::shots

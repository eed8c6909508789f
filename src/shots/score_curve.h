#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace heaters::shots {

enum class CutKind {
  Hard,      // from one frame to the next (or over one blended frame)
  Dissolve,  // one picture mixed into the other
  Fade,      // through black or white
};

std::string_view to_string(CutKind kind);  // "cut", "dissolve", "fade"

// A proposed boundary.
struct Cut {
  FrameNumber frame = 0;  // the first of the new shot
  CutKind kind = CutKind::Hard;
  float score = 0;  // 0 to 1; a cut is proposed when this reaches the threshold
  // The frames over which the picture changes: [frame - 1, frame + 1) for a hard cut.
  FrameSpan transition;

  bool operator==(const Cut&) const = default;
};

// Everything that detection found out about a video, so that cuts can be chosen again by other thresholds
// without decoding. Scores are held in steps of 1/255.
struct ScoreCurve {
  std::vector<std::uint8_t> hard;  // per frame: the score of a hard cut before it, 255 for 1
  std::vector<Cut> gradual;        // by frame

  // The form on disk, described in docs/formats.md: about one byte a frame.
  std::vector<std::byte> encode() const;
  // Throws Corrupt.
  static ScoreCurve decode(std::span<const std::byte> bytes);

  bool operator==(const ScoreCurve&) const = default;
};

struct CutSelection {
  // Least score of a cut. Lower finds more, at the price of false ones; 0.5 is where both are equally likely.
  float threshold = 0.5F;
  // Shortest shot, frames. Of two boundaries that are closer, the one with the lower score is dropped.
  FrameNumber min_shot = 1;
};

// The cuts of a video by frame, all within (0, frame count).
std::vector<Cut> select_cuts(const ScoreCurve& curve, const CutSelection& selection);

}  // namespace heaters::shots

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "shots/score_curve.h"

namespace heaters::shots {

// A span between two cuts, with its times in seconds since the first frame.
struct Shot {
  FrameSpan span;
  double begin_seconds = 0;
  double end_seconds = 0;
  // Of the cut it begins with; the first shot has none.
  std::optional<Cut> cut;
};

// The shots of a video, ready to be written in any format.
struct ShotList {
  std::string title;  // file name
  FrameNumber frame_count = 0;
  double duration_seconds = 0;
  std::vector<Shot> shots;
};

// As a table for people: UTF-8, ending in a newline.
std::string to_table(const ShotList& list);

}  // namespace heaters::shots

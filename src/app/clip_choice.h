#pragma once

#include <string>
#include <vector>

#include "app/home.h"

namespace heaters::app {

// Spans of a video that a command is about.
struct ChosenSpans {
  catalog::Video video;
  std::vector<FrameSpan> spans;
};

struct ClipChoice {
  std::vector<FrameSpan> spans;  // instead of clips
  bool all_clips = false;        // not only approved ones
  bool joins_groups = false;     // a group of clips is one span
  bool is_whole_video = false;   // not its clips
};

// What ids of videos and of clips on the command line stand for; clips of one video go together. Throws
// NotFound for what is not there, and for a video none of whose clips is chosen.
std::vector<ChosenSpans> choose_spans(Home& home, const std::vector<std::string>& ids,
                                      const ClipChoice& choice);

// Whether a command line names a file rather than what is in a library.
bool is_one_file(const std::vector<std::string>& what);

std::vector<FrameSpan> each_once(const std::vector<FrameSpan>& spans);

}  // namespace heaters::app

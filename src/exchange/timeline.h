#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace heaters::exchange {

// A file that entries of a timeline are parts of.
struct TimelineMedia {
  std::string title;
  std::string url;                 // what edit lists refer to: a path, or a URL with its scheme
  Rational frame_rate{25, 1};      // nominal, positive: what timecode counts
  bool has_variable_rate = false;  // then frames are counted by their times, see counted_span()
  FrameNumber first_timecode = 0;  // of frame 0, in frames of the rate
  FrameNumber frame_count = 0;
  double duration_seconds = 0;
  int width = 0;  // 0: unknown
  int height = 0;
  bool has_sound = false;
};

struct TimelineEntry {
  std::size_t media = 0;  // of Timeline::media
  FrameSpan span;         // of the media's frames
  double begin_seconds = 0;
  double end_seconds = 0;
  std::string name;
  Json facts = Json::object();  // what else is known, for formats that can say it; all entries have the same
};

// Spans of one or more videos in a row, for editors' programs, data sets and players.
struct Timeline {
  std::string title;
  std::vector<TimelineMedia> media;
  std::vector<TimelineEntry> entries;
  // Timecodes of 29.97 and 59.94 keep up with the clock (drop-frame).
  bool drops_frames = true;
};

// The frames of an entry as an editor's program counts them, which knows constant rates only: the frames
// themselves, or, where the rate varies, those that would be shown at the entry's times.
FrameSpan counted_span(const TimelineMedia& media, const TimelineEntry& entry);

// Whether labels of this media drop frames.
bool drops_frames(const Timeline& timeline, const TimelineMedia& media);

// A label of a counted frame of the media, its first timecode included.
std::string timecode_of(const Timeline& timeline, const TimelineMedia& media, FrameNumber counted);

}  // namespace heaters::exchange

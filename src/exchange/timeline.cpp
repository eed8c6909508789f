#include "exchange/timeline.h"

#include <algorithm>
#include <cmath>

#include "base/timecode.h"

namespace heaters::exchange {

FrameSpan counted_span(const TimelineMedia& media, const TimelineEntry& entry) {
  if (!media.has_variable_rate) return entry.span;
  const auto frame_at = [&](double seconds) {
    return static_cast<FrameNumber>(std::llround(seconds * to_double(media.frame_rate)));
  };
  const FrameNumber begin = frame_at(entry.begin_seconds);
  return {begin, std::max(begin + 1, frame_at(entry.end_seconds))};
}

bool drops_frames(const Timeline& timeline, const TimelineMedia& media) {
  return timeline.drops_frames && can_drop_frames(media.frame_rate);
}

std::string timecode_of(const Timeline& timeline, const TimelineMedia& media, FrameNumber counted) {
  return format_timecode(media.first_timecode + counted, media.frame_rate, drops_frames(timeline, media));
}

}  // namespace heaters::exchange

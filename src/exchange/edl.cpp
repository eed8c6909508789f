#include "exchange/edl.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>

#include "base/error.h"
#include "base/timecode.h"

namespace heaters::exchange {

namespace {

// Printable ASCII is all that a list can hold.
std::string plain(const std::string& text) {
  std::string result;
  for (const char c : text) result += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return result;
}

void require_one_rate(const Timeline& timeline) {
  for (const TimelineMedia& media : timeline.media) {
    const double first = to_double(timeline.media.front().frame_rate);
    if (std::abs(to_double(media.frame_rate) - first) < 0.005) continue;
    throw Error(
        ErrorKind::InvalidInput,
        fmt::format("write an EDL: it counts one rate, and these videos have {:.3f} and {:.3f} frames/s",
                    first, to_double(media.frame_rate)));
  }
}

}  // namespace

std::string to_edl(const Timeline& timeline) {
  require_one_rate(timeline);
  const bool drops = !timeline.media.empty() && drops_frames(timeline, timeline.media.front());
  std::string text =
      fmt::format("TITLE: {}\nFCM: {}\n", plain(timeline.title), drops ? "DROP FRAME" : "NON-DROP FRAME");
  std::size_t number = 0;
  FrameNumber recorded = 0;
  for (const TimelineEntry& entry : timeline.entries) {
    const TimelineMedia& media = timeline.media[entry.media];
    const FrameSpan span = counted_span(media, entry);
    const auto record = [&](FrameNumber frame) { return format_timecode(frame, media.frame_rate, drops); };
    const std::string reel = timeline.media.size() == 1 ? "AX" : fmt::format("V{:03}", entry.media + 1);
    text += fmt::format("\n{:03}  {:<8} {:<5} C        {} {} {} {}\n* FROM CLIP NAME: {}\n", ++number, reel,
                        media.has_sound ? "AA/V" : "V", timecode_of(timeline, media, span.begin),
                        timecode_of(timeline, media, span.end), record(recorded),
                        record(recorded + span.length()), plain(media.title));
    if (!entry.name.empty()) text += fmt::format("* COMMENT: {}\n", plain(entry.name));
    recorded += span.length();
  }
  return text;
}

}  // namespace heaters::exchange

#include "exchange/otio.h"

#include <algorithm>
#include <string_view>

#include "base/percent.h"

namespace heaters::exchange {

namespace {

Json rational_time(FrameNumber frames, Rational rate) {
  Json time;
  time["OTIO_SCHEMA"] = "RationalTime.1";
  time["rate"] = to_double(rate);
  time["value"] = static_cast<double>(frames);
  return time;
}

Json time_range(FrameNumber begin, FrameNumber length, Rational rate) {
  Json range;
  range["OTIO_SCHEMA"] = "TimeRange.1";
  range["start_time"] = rational_time(begin, rate);
  range["duration"] = rational_time(length, rate);
  return range;
}

Json otio_clip(const TimelineMedia& media, const TimelineEntry& entry) {
  const TimelineEntry whole{
      .span = {0, media.frame_count}, .end_seconds = media.duration_seconds, .name = {}};
  const FrameSpan span = counted_span(media, entry);
  Json reference;
  reference["OTIO_SCHEMA"] = "ExternalReference.1";
  reference["target_url"] = percent_encoded(media.url, "/:");
  reference["available_range"] =
      time_range(media.first_timecode, counted_span(media, whole).end, media.frame_rate);
  Json clip;
  clip["OTIO_SCHEMA"] = "Clip.1";
  clip["name"] = entry.name;
  clip["source_range"] = time_range(media.first_timecode + span.begin, span.length(), media.frame_rate);
  clip["media_reference"] = std::move(reference);
  clip["metadata"]["heaters"] = entry.facts;
  return clip;
}

}  // namespace

std::string to_otio(const Timeline& timeline) {
  Json track;
  track["OTIO_SCHEMA"] = "Track.1";
  track["name"] = "Clips";
  track["kind"] = "Video";
  track["children"] = Json::array();
  for (const TimelineEntry& entry : timeline.entries) {
    track["children"].push_back(otio_clip(timeline.media[entry.media], entry));
  }
  Json stack;
  stack["OTIO_SCHEMA"] = "Stack.1";
  stack["name"] = "tracks";
  stack["children"] = Json::array({std::move(track)});
  Json document;
  document["OTIO_SCHEMA"] = "Timeline.1";
  document["name"] = timeline.title;
  document["global_start_time"] =
      rational_time(0, timeline.media.empty() ? Rational{25, 1} : timeline.media.front().frame_rate);
  document["tracks"] = std::move(stack);
  return json_text(document, 2) + "\n";
}

}  // namespace heaters::exchange

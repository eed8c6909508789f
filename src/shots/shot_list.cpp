#include "shots/shot_list.h"

#include <fmt/format.h>

#include <cctype>
#include <string_view>

#include "base/json.h"
#include "base/percent.h"

namespace heaters::shots {

namespace {

std::string kind_of(const Shot& shot) {
  return shot.cut ? std::string(to_string(shot.cut->kind)) : "start";
}

std::string score_of(const Shot& shot) {
  return shot.cut ? fmt::format("{:.2f}", shot.cut->score) : "";
}

// RFC 4180.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

// What an edit list can hold in a title: printable ASCII.
std::string plain(const std::string& text) {
  std::string result;
  for (const char c : text) result += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return result;
}

Json rational_time(FrameNumber frames, Rational rate) {
  Json time;
  time["OTIO_SCHEMA"] = "RationalTime.1";
  time["rate"] = to_double(rate);
  time["value"] = static_cast<double>(frames);
  return time;
}

Json time_range(FrameSpan span, Rational rate) {
  Json range;
  range["OTIO_SCHEMA"] = "TimeRange.1";
  range["start_time"] = rational_time(span.begin, rate);
  range["duration"] = rational_time(span.length(), rate);
  return range;
}

Json otio_clip(const ShotList& list, const Shot& shot, std::size_t number) {
  Json reference;
  reference["OTIO_SCHEMA"] = "ExternalReference.1";
  reference["target_url"] = percent_encoded(list.media_url, "/");
  reference["available_range"] = time_range({0, list.frame_count}, list.frame_rate);
  Json clip;
  clip["OTIO_SCHEMA"] = "Clip.1";
  clip["name"] = fmt::format("Shot {}", number);
  clip["source_range"] = time_range(shot.span, list.frame_rate);
  clip["media_reference"] = std::move(reference);
  clip["metadata"]["heaters"]["begin_kind"] = kind_of(shot);
  if (shot.cut) clip["metadata"]["heaters"]["score"] = shot.cut->score;
  return clip;
}

}  // namespace

std::string to_table(const ShotList& list) {
  std::string text = fmt::format("{:>5}  {:>9}  {:>9}  {:>12}  {:>12}  {:>8}  {:<8}  {:>5}\n", "shot",
                                 "begin", "end", "from", "to", "seconds", "begins", "score");
  std::size_t number = 0;
  for (const Shot& shot : list.shots) {
    text += fmt::format("{:>5}  {:>9}  {:>9}  {:>12}  {:>12}  {:>8.3f}  {:<8}  {:>5}\n", ++number,
                        shot.span.begin, shot.span.end, format_clock_time(shot.begin_seconds),
                        format_clock_time(shot.end_seconds), shot.end_seconds - shot.begin_seconds,
                        kind_of(shot), score_of(shot));
  }
  return text;
}

std::string to_csv(const ShotList& list) {
  std::string text =
      "video,shot,begin_frame,end_frame,begin_seconds,end_seconds,begin_timecode,length_frames,length_"
      "seconds,begins,"
      "score\n";
  std::size_t number = 0;
  for (const Shot& shot : list.shots) {
    text += fmt::format("{},{},{},{},{:.6f},{:.6f},{},{},{:.6f},{},{}\n", csv_field(list.title), ++number,
                        shot.span.begin, shot.span.end, shot.begin_seconds, shot.end_seconds,
                        format_timecode(shot.span.begin, list.frame_rate), shot.span.length(),
                        shot.end_seconds - shot.begin_seconds, kind_of(shot), score_of(shot));
  }
  return text;
}

std::string to_edl(const ShotList& list) {
  std::string text = fmt::format("TITLE: {}\nFCM: NON-DROP FRAME\n", plain(list.title));
  std::size_t number = 0;
  for (const Shot& shot : list.shots) {
    const std::string begin = format_timecode(shot.span.begin, list.frame_rate);
    const std::string end = format_timecode(shot.span.end, list.frame_rate);
    text += fmt::format("\n{:03}  AX       V     C        {} {} {} {}\n* FROM CLIP NAME: {}\n", ++number,
                        begin, end, begin, end, plain(list.title));
  }
  return text;
}

std::string to_otio(const ShotList& list) {
  Json track;
  track["OTIO_SCHEMA"] = "Track.1";
  track["name"] = "Shots";
  track["kind"] = "Video";
  track["children"] = Json::array();
  std::size_t number = 0;
  for (const Shot& shot : list.shots) track["children"].push_back(otio_clip(list, shot, ++number));
  Json stack;
  stack["OTIO_SCHEMA"] = "Stack.1";
  stack["name"] = "tracks";
  stack["children"] = Json::array({std::move(track)});
  Json timeline;
  timeline["OTIO_SCHEMA"] = "Timeline.1";
  timeline["name"] = list.title;
  timeline["global_start_time"] = rational_time(0, list.frame_rate);
  timeline["tracks"] = std::move(stack);
  // A file name need not be UTF-8.
  return timeline.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace heaters::shots

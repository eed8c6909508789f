#include "app/detection_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"
#include "exchange/timeline_format.h"
#include "shots/shot_list.h"
#include "shots/shot_report.h"

namespace heaters::app {

namespace {

// The rate that timecodes count to. A video without a rate worth the name is counted at 25.
Rational nominal_rate(const stages::Detection& detection) {
  const Rational stated = detection.frame_rate;
  const Rational mean = detection.frame_table.mean_rate();
  if (stated.is_positive()) return stated;
  return mean.is_positive() ? mean : Rational{25, 1};
}

shots::ShotList shot_list(const stages::Detection& detection, const std::filesystem::path& file,
                          const shots::CutSelection& selection) {
  const media::FrameTable& table = detection.frame_table;
  shots::ShotList list{.title = valid_utf8(file.filename().string()),
                       .frame_count = table.size(),
                       .duration_seconds = table.seconds(table.size()),
                       .shots = {}};
  std::optional<shots::Cut> begins_with;
  FrameNumber begin = 0;
  const auto add = [&](FrameNumber end) {
    list.shots.push_back({{begin, end}, table.seconds(begin), table.seconds(end), begins_with});
    begin = end;
  };
  for (const shots::Cut& cut : shots::select_cuts(detection.curve, selection)) {
    add(cut.frame);
    begins_with = cut;
  }
  add(table.size());
  return list;
}

// The same for the programs of editors.
exchange::Timeline timeline_of(const stages::Detection& detection, const shots::ShotList& list,
                               const std::filesystem::path& file) {
  exchange::Timeline timeline{.title = list.title,
                              .media = {{.title = list.title,
                                         .url = valid_utf8(file.string()),
                                         .frame_rate = nominal_rate(detection),
                                         .has_variable_rate = detection.frame_table.is_variable_rate(),
                                         .frame_count = list.frame_count,
                                         .duration_seconds = list.duration_seconds}},
                              .entries = {}};
  for (const shots::Shot& shot : list.shots) {
    exchange::TimelineEntry entry{.span = shot.span,
                                  .begin_seconds = shot.begin_seconds,
                                  .end_seconds = shot.end_seconds,
                                  .name = fmt::format("Shot {}", timeline.entries.size() + 1)};
    entry.facts["begins"] = shot.cut ? shots::to_string(shot.cut->kind) : "start";
    entry.facts["score"] = shot.cut ? Json(shot.cut->score) : Json(nullptr);
    timeline.entries.push_back(std::move(entry));
  }
  return timeline;
}

std::string to_json(const stages::Detection& detection, const shots::ShotList& list,
                    const std::filesystem::path& file) {
  const Rational rate = nominal_rate(detection);
  Json json;
  json["file"] = valid_utf8(file.string());
  json["frame_count"] = list.frame_count;
  json["decoded_frames"] = detection.decoded_frames;
  json["duration"] = list.duration_seconds;
  json["frame_rate"] = to_double(rate);
  json["frame_rate_fraction"] = fmt::format("{}/{}", rate.num, rate.den);
  json["variable_frame_rate"] = detection.frame_table.is_variable_rate();
  json["cuts"] = Json::array();
  json["shots"] = Json::array();
  for (const shots::Shot& shot : list.shots) {
    if (shot.cut) {
      Json cut;
      cut["frame"] = shot.cut->frame;
      cut["time"] = shot.begin_seconds;
      cut["kind"] = shots::to_string(shot.cut->kind);
      cut["score"] = shot.cut->score;
      cut["transition"] = {shot.cut->transition.begin, shot.cut->transition.end};
      json["cuts"].push_back(std::move(cut));
    }
    Json each;
    each["begin_frame"] = shot.span.begin;
    each["end_frame"] = shot.span.end;
    each["begin_time"] = shot.begin_seconds;
    each["end_time"] = shot.end_seconds;
    json["shots"].push_back(std::move(each));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// For every shot the last still before its middle. Shots shorter than the sampling may have none of their own
// and show the one before.
shots::ShotStills stills_of(const media::Filmstrip& filmstrip, const shots::ShotList& list) {
  shots::ShotStills stills{
      .sheets = {}, .width = filmstrip.tile.width, .height = filmstrip.tile.height, .stills = {}};
  for (const auto& sheet : filmstrip.sheets) stills.sheets.push_back(base64(read_file(sheet)));
  for (const shots::Shot& shot : list.shots) {
    // The middle is past whatever the shot fades in from.
    const FrameNumber wanted = (shot.span.begin + shot.span.end) / 2;
    const auto after =
        std::upper_bound(filmstrip.tiles.begin(), filmstrip.tiles.end(), wanted,
                         [](FrameNumber frame, const auto& tile) { return frame < tile.frame; });
    const auto& tile = *std::prev(after);
    stills.stills.push_back({static_cast<std::size_t>(tile.sheet), tile.x, tile.y});
  }
  return stills;
}

}  // namespace

std::string detection_text(const stages::Detection& detection, const std::filesystem::path& file,
                           const shots::CutSelection& selection, const std::string& format) {
  const shots::ShotList list = shot_list(detection, file, selection);
  if (format == "json") return to_json(detection, list, file);
  if (format == "html") {
    return shots::to_html(list, detection.curve, selection.threshold, stills_of(*detection.filmstrip, list));
  }
  const auto* const timeline = exchange::find_timeline_format(format);
  return timeline != nullptr ? timeline->write(timeline_of(detection, list, file)) : shots::to_table(list);
}

std::string detection_extension(const std::string& format) {
  const auto* const timeline = exchange::find_timeline_format(format);
  if (timeline != nullptr) return std::string(timeline->extension);
  return format == "table" ? ".txt" : "." + format;
}

std::string statistics_text(const stages::Detection& detection) {
  std::string text = fmt::format("frame,time,score,{}\n", fmt::join(detection.statistic_names, ","));
  for (std::size_t i = 0; i < detection.statistics.size(); ++i) {
    text += fmt::format("{},{:.6f},{:.3f},{:.5g}\n", i,
                        detection.frame_table.seconds(static_cast<FrameNumber>(i)),
                        detection.curve.hard[i] / 255.0, fmt::join(detection.statistics[i], ","));
  }
  return text;
}

}  // namespace heaters::app

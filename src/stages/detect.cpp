#include "stages/detect.h"

#include <utility>

#include "base/file.h"
#include "media/demuxer.h"
#include "media/media_pass.h"
#include "stages/detector_sink.h"
#include "stages/filmstrip_map.h"
#include "stages/guided_detection.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace {

Detection detect_in_all(const std::filesystem::path& path, const DetectOptions& options,
                        const std::stop_token& stop, const ProgressListener& on_progress) {
  media::Demuxer demuxer(path, stop);
  media::FrameTableSink frame_table(demuxer.info().video.time_base);
  DetectorSink shots(shots::make_detector(options.method, options.level));
  media::PassSinks sinks{{&frame_table, &shots}, {}, {}};
  std::optional<media::FilmstripSink> filmstrip;
  if (!options.stills_directory.empty()) {
    // Denser than for scrubbing: short shots want a still of their own.
    filmstrip.emplace(demuxer.info(), media::FilmstripOptions{.seconds_per_tile = 0.25},
                      options.stills_directory);
    sinks.frames.push_back(&*filmstrip);
  }
  media::run_media_pass(demuxer, sinks, stop, on_progress);
  Detection detection{.frame_rate = demuxer.info().video.frame_rate,
                      .frame_table = frame_table.table(),
                      .curve = shots.curve(),
                      .filmstrip = filmstrip ? std::optional(filmstrip->filmstrip()) : std::nullopt,
                      .decoded_frames = frame_table.table().size()};
  if (options.statistics) {
    detection.statistic_names = shots.detector().statistic_names();
    for (FrameNumber frame = 0; frame < detection.decoded_frames; ++frame) {
      detection.statistics.push_back(shots.detector().statistics(frame));
    }
  }
  return detection;
}

}  // namespace

Detection detect_shots(const std::filesystem::path& path, const DetectOptions& options,
                       const std::stop_token& stop, const ProgressListener& on_progress) {
  const bool needs_all = !options.is_guided || options.statistics || !options.stills_directory.empty() ||
                         options.method != shots::Method::Window;
  if (!needs_all) {
    if (auto detection = detect_guided(path, stop, on_progress)) return std::move(*detection);
  }
  return detect_in_all(path, options, stop, on_progress);
}

Detection recall_shots(const catalog::Video& video, storage::Store& store,
                       const std::filesystem::path& stills_directory) {
  const auto read = [&](const char* name) {
    return store.get_range(storage::video_key(video.id.text(), name), 0, UINT64_MAX);
  };
  Detection detection{.frame_rate = video.frame_rate,
                      .frame_table = media::FrameTable::decode(read("frames.hft")),
                      .curve = shots::ScoreCurve::decode(read("scores.hsc"))};
  if (stills_directory.empty()) return detection;
  const auto map = read("filmstrip.json");
  const std::string text(reinterpret_cast<const char*>(map.data()), map.size());
  detection.filmstrip = parse_filmstrip_json(text, stills_directory);
  for (const auto& sheet : detection.filmstrip->sheets) {
    store.get(storage::video_key(video.id.text(), sheet.filename().string()), sheet);
  }
  return detection;
}

}  // namespace heaters::stages

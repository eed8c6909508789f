#include "stages/detect.h"

#include "base/file.h"
#include "media/demuxer.h"
#include "media/media_pass.h"
#include "stages/filmstrip_map.h"
#include "stages/shot_sink.h"
#include "storage/keys.h"

namespace heaters::stages {

Detection detect_shots(const std::filesystem::path& path, const std::stop_token& stop,
                       const ProgressListener& on_progress,
                       const std::optional<std::filesystem::path>& stills_directory) {
  media::Demuxer demuxer(path, stop);
  media::FrameTableSink frame_table(demuxer.info().video.time_base);
  ShotSink shots(demuxer.info().video.time_base);
  media::PassSinks sinks{{&frame_table, &shots}, {}, {}};
  std::optional<media::FilmstripSink> filmstrip;
  if (stills_directory) {
    // Denser than for scrubbing: short shots want a still of their own.
    const media::FilmstripOptions options{.seconds_per_tile = 0.25};
    filmstrip.emplace(demuxer.info(), options, *stills_directory);
    sinks.frames.push_back(&*filmstrip);
  }
  media::run_media_pass(demuxer, sinks, stop, on_progress);
  return {demuxer.info().video.frame_rate, frame_table.table(), shots.curve(),
          filmstrip ? std::optional(filmstrip->filmstrip()) : std::nullopt};
}

Detection recall_shots(const catalog::Video& video, storage::Store& store,
                       const std::filesystem::path& stills_directory) {
  const auto read = [&](const char* name) {
    return store.get_range(storage::video_key(video.id.text(), name), 0, UINT64_MAX);
  };
  Detection detection{video.frame_rate, media::FrameTable::decode(read("frames.hft")),
                      shots::ScoreCurve::decode(read("scores.hsc")), std::nullopt};
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

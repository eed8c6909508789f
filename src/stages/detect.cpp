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

// Tells what is settled while a stream goes on.
class SettledShots : public media::FrameSink {
 public:
  SettledShots(const media::MediaInfo& info, const media::FrameTableSink& frames, const DetectorSink& shots,
               const SettledListener& listener)
      : frame_rate_(info.video.frame_rate), frames_(frames), shots_(shots), listener_(listener) {}

  void consume(const media::Frame& frame) override {
    constexpr double interval_seconds = 2;
    const double time = frames_.table().seconds(frame.number());
    if (time < next_) return;
    next_ = time + interval_seconds;
    const FrameNumber settled = shots_.detector().settled();
    if (settled == 0) return;
    Detection detection{.frame_rate = frame_rate_,
                        .frame_table = media::FrameTable(frames_.table().time_base()),
                        .curve = shots_.detector().so_far()};
    for (FrameNumber each = 0; each < settled; ++each) detection.frame_table.append(frames_.table()[each]);
    detection.curve.hard.resize(static_cast<std::size_t>(settled));
    std::erase_if(detection.curve.gradual, [&](const shots::Cut& cut) { return cut.frame >= settled; });
    listener_(detection);
  }
  void finish() override {}

 private:
  Rational frame_rate_;
  const media::FrameTableSink& frames_;
  const DetectorSink& shots_;
  const SettledListener& listener_;
  double next_ = 0;
};

Detection detect_in_all(media::Demuxer& demuxer, const DetectOptions& options, const std::stop_token& stop,
                        const ProgressListener& on_progress, const SettledListener& on_settled = {}) {
  media::FrameTableSink frame_table(demuxer.info().video.time_base);
  DetectorSink shots(shots::make_detector(options.method, options.level));
  media::PassSinks sinks{
      .frames = {&frame_table, &shots}, .audio = {}, .packets = {}, .threads = options.threads};
  std::optional<media::FilmstripSink> filmstrip;
  if (!options.stills_directory.empty()) {
    // Denser than for scrubbing: short shots want a still of their own.
    filmstrip.emplace(demuxer.info(), media::FilmstripOptions{.seconds_per_tile = 0.25},
                      options.stills_directory);
    sinks.frames.push_back(&*filmstrip);
  }
  SettledShots settled(demuxer.info(), frame_table, shots, on_settled);
  if (on_settled) sinks.frames.push_back(&settled);
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
    if (auto detection = detect_guided(path, options.threads, stop, on_progress))
      return std::move(*detection);
  }
  media::Demuxer demuxer(path, stop);
  return detect_in_all(demuxer, options, stop, on_progress);
}

Detection detect_stream(FileDescriptor stream, const std::string& name, const DetectOptions& options,
                        const std::stop_token& stop, const ProgressListener& on_progress,
                        const SettledListener& on_settled) {
  media::Demuxer demuxer(std::move(stream), name, stop);
  return detect_in_all(demuxer, options, {}, on_progress, on_settled);
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

#include "stages/source_pass.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "media/demuxer.h"
#include "media/frame_table.h"
#include "media/keyframe_scan.h"
#include "media/loudness.h"
#include "media/media_pass.h"
#include "media/packet_index.h"
#include "media/poster.h"
#include "media/proxy_check.h"
#include "media/proxy_writer.h"
#include "media/waveform.h"
#include "stages/filmstrip_map.h"
#include "stages/shot_sink.h"

namespace heaters::stages {

namespace fs = std::filesystem;

namespace {

// What one pass found out.
struct PassResult {
  media::MediaInfo info;
  media::ProxyDecision proxy;
  media::PassReport report;
  media::FrameTable frame_table{Rational{1, 1}};
  std::optional<media::PacketIndex> packet_index;
  shots::ScoreCurve curve;
  std::optional<media::Loudness> loudness;
  std::optional<double> waveform_start_seconds;
  int encoded_streams = 0;
  std::vector<Manifest::File> files;
};

media::ProxyDecision choose_proxy(const media::MediaInfo& info, const fs::path& path,
                                  const IngestOptions& options, const std::stop_token& stop) {
  auto decision = media::decide_proxy(info, std::nullopt, options.proxy_limits);
  if (decision.rung == media::ProxyRung::Encode) return decision;
  constexpr double scanned_seconds = 120;
  const auto keyframes = media::scan_keyframes(path, scanned_seconds, stop);
  return media::decide_proxy(info, keyframes, options.proxy_limits);
}

// One pass over the source into `directory`, with the proxy made by the rung given.
PassResult run_pass(media::Demuxer& demuxer, const media::ProxyDecision& proxy, const IngestOptions& options,
                    const fs::path& directory, const std::stop_token& stop,
                    const ProgressListener& on_progress) {
  PassResult result;
  result.info = demuxer.info();
  result.proxy = proxy;

  media::FrameTableSink frame_table(result.info.video.time_base);
  ShotSink shots(result.info.video.time_base);
  media::FilmstripSink filmstrip(result.info, options.filmstrip, directory);
  media::PosterSink poster(result.info.video, options.poster_short_side, directory / "poster.jpg");
  media::LoudnessSink loudness;
  media::WaveformSink waveform;
  std::optional<media::ProxyWriter> writer;
  media::PassSinks sinks{{&frame_table, &shots, &filmstrip, &poster}, {&loudness, &waveform}, {}};
  media::PacketRecorder packets(demuxer);
  if (proxy.rung == media::ProxyRung::Reuse) {
    sinks.packets.push_back(&packets);
  } else {
    writer.emplace(proxy.rung, demuxer, options.proxy_profile, directory / "proxy.mp4");
    writer->listen(sinks);
  }

  result.report = media::run_media_pass(demuxer, sinks, stop, on_progress);
  if (writer) {
    writer->finish();
    result.encoded_streams = writer->encoded_streams();
    result.files.push_back({"proxy", "proxy.mp4"});
  }
  result.frame_table = frame_table.table();
  if (proxy.rung == media::ProxyRung::Reuse) {
    result.packet_index = media::index_packets(demuxer, packets, result.frame_table);
  }
  result.curve = shots.curve();
  result.loudness = loudness.loudness();

  const auto add = [&](const char* kind, const std::string& name) { result.files.push_back({kind, name}); };
  write_file(directory / "frames.hft", result.frame_table.encode());
  add("frame_table", "frames.hft");
  write_file(directory / "scores.hsc", result.curve.encode());
  add("score_curve", "scores.hsc");
  write_file(directory / "looks.hlk", shots.looks().encode());
  add("looks", "looks.hlk");
  for (const auto& sheet : filmstrip.filmstrip().sheets) add("filmstrip_sheet", sheet.filename().string());
  write_text_file(directory / "filmstrip.json", filmstrip_json(filmstrip.filmstrip()));
  add("filmstrip_map", "filmstrip.json");
  write_text_file(
      directory / "filmstrip.vtt",
      filmstrip_vtt(filmstrip.filmstrip(), result.frame_table.seconds(result.frame_table.size())));
  add("filmstrip_vtt", "filmstrip.vtt");
  add("poster", "poster.jpg");
  if (const auto peaks = waveform.encode(); !peaks.empty()) {
    write_file(directory / "waveform.dat", peaks);
    add("waveform", "waveform.dat");
    result.waveform_start_seconds = waveform.start_seconds();
  }
  return result;
}

// What is wrong with the proxy that was written; its index when nothing is. Reading its packets costs next to
// nothing.
std::optional<std::string> check_proxy(PassResult& pass, const fs::path& directory) {
  auto check =
      media::check_proxy(directory / "proxy.mp4", pass.frame_table, media::timestamp_shift(pass.info));
  pass.packet_index = std::move(check.index);
  return check.mismatch;
}

// Why copied packets are no proxy: they must be the frames that were decoded, or frame numbers would mean two
// things.
std::optional<std::string> copy_obstacle(PassResult& pass, const fs::path& directory) {
  if (pass.report.picture_size_changes) return "the size of the picture changes on the way";
  return check_proxy(pass, directory);
}

Rational frame_rate(const PassResult& pass) {
  const Rational mean = pass.frame_table.mean_rate();
  const Rational stated = pass.info.video.frame_rate;
  if (!mean.is_positive()) return stated;
  // The header's fraction is the nicer one when the frames agree with it.
  const bool agrees = stated.is_positive() && std::abs(to_double(stated) / to_double(mean) - 1) < 0.002;
  return agrees ? stated : mean;
}

catalog::IngestedVideo describe(const PassResult& pass, const IngestOptions& options) {
  const media::FrameTable& table = pass.frame_table;
  catalog::Video video{.id = catalog::VideoId::make()};
  video.container = pass.info.container;
  video.video_codec = pass.info.video.codec;
  if (pass.info.audio) video.audio_codec = pass.info.audio->codec;
  video.width = pass.info.video.width;
  video.height = pass.info.video.height;
  video.rotation = pass.info.video.rotation;
  video.frame_count = table.size();
  video.time_base = table.time_base();
  video.frame_rate = frame_rate(pass);
  if (!pass.info.video.timecode.empty()) video.timecode = pass.info.video.timecode;
  video.variable_frame_rate = table.is_variable_rate();
  video.duration_seconds = table.seconds(table.size());
  video.start_seconds = to_seconds(table[0].pts, table.time_base());
  video.repaired_timestamps = pass.report.repaired_timestamps;
  video.decode_errors = pass.report.decode_errors;
  video.proxy_rung = media::to_string(pass.proxy.rung);
  video.proxy_reason = pass.proxy.reason;
  if (pass.proxy.rung != media::ProxyRung::Reuse)
    video.proxy_shift_seconds = media::timestamp_shift(pass.info);
  if (pass.loudness) {
    video.loudness = catalog::VideoLoudness{pass.loudness->integrated_lufs, pass.loudness->range_lu,
                                            pass.loudness->sample_peak_dbfs};
  }
  video.waveform_start_seconds = pass.waveform_start_seconds;
  video.encoded_streams = pass.encoded_streams;

  catalog::IngestedVideo ingested{.video = std::move(video), .artifacts = {}, .cuts = {}, .keyframes = {}};
  for (const shots::Cut& cut : shots::select_cuts(pass.curve, options.shots)) {
    ingested.cuts.push_back({cut.frame, std::string(shots::to_string(cut.kind)), cut.score});
  }
  for (FrameNumber frame = 0; frame < table.size(); ++frame) {
    const auto& row = table[frame];
    if (!row.is_keyframe) continue;
    ingested.keyframes.push_back(
        {frame, row.pts, row.offset >= 0 ? std::optional(row.offset) : std::nullopt});
  }
  return ingested;
}

class SourcePass {
 public:
  SourcePass(const fs::path& source, const fs::path& directory, const IngestOptions& options,
             const std::stop_token& stop, const ProgressListener& on_progress)
      : source_(source), directory_(directory), options_(options), stop_(stop), on_progress_(on_progress) {}

  Manifest run() {
    PassResult made = passes();
    if (made.packet_index) {
      write_file(directory_ / "packets.hpi", made.packet_index->encode());
      made.files.push_back({"packet_index", "packets.hpi"});
    }
    Manifest manifest{.ingested = describe(made, options_), .files = made.files};
    manifest.ingested.video.decode_passes = decode_passes_;
    return manifest;
  }

 private:
  // One pass, or two when copied packets turned out to be no proxy.
  PassResult passes() {
    media::Demuxer demuxer(source_, stop_);
    media::ProxyDecision proxy = choose_proxy(demuxer.info(), source_, options_, stop_);
    if (proxy.rung == media::ProxyRung::Reuse) return pass(demuxer, proxy);
    if (proxy.rung != media::ProxyRung::Encode) {
      std::string obstacle;
      if (auto copied = try_copy(demuxer, proxy, obstacle)) return *std::move(copied);
      proxy = {media::ProxyRung::Encode, fmt::format("copied packets are no proxy: {}", obstacle)};
      media::Demuxer from_the_start(source_, stop_);
      return encoding_pass(from_the_start, proxy);
    }
    return encoding_pass(demuxer, proxy);
  }

  PassResult pass(media::Demuxer& demuxer, const media::ProxyDecision& proxy) {
    ++decode_passes_;
    return run_pass(demuxer, proxy, options_, directory_, stop_, on_progress_);
  }

  PassResult encoding_pass(media::Demuxer& demuxer, const media::ProxyDecision& proxy) {
    PassResult made = pass(demuxer, proxy);
    check_encoded(made);
    return made;
  }

  // One frame out per frame in is what the encoder is built to do.
  void check_encoded(PassResult& made) const {
    if (const auto mismatch = check_proxy(made, directory_)) {
      throw Error(ErrorKind::Internal, fmt::format("ingest \"{}\": {}", source_.string(), *mismatch));
    }
  }

  std::optional<PassResult> try_copy(media::Demuxer& demuxer, const media::ProxyDecision& proxy,
                                     std::string& obstacle) {
    try {
      PassResult copied = pass(demuxer, proxy);
      const auto found = copy_obstacle(copied, directory_);
      if (!found) return copied;
      obstacle = *found;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Unsupported) throw;
      obstacle = "MP4 cannot hold them as they are";
    }
    return std::nullopt;
  }

  const fs::path& source_;
  const fs::path& directory_;
  const IngestOptions& options_;
  const std::stop_token& stop_;
  const ProgressListener& on_progress_;
  int decode_passes_ = 0;
};

}  // namespace

Manifest run_source_pass(const fs::path& source, const fs::path& directory, const IngestOptions& options,
                         const std::stop_token& stop, const ProgressListener& on_progress) {
  return SourcePass(source, directory, options, stop, on_progress).run();
}

FramesOfFile read_frame_table(const fs::path& file, const std::stop_token& stop,
                              const ProgressListener& on_progress) {
  media::Demuxer demuxer(file, stop);
  media::FrameTableSink frames(demuxer.info().video.time_base);
  media::run_media_pass(demuxer, {.frames = {&frames}, .audio = {}, .packets = {}}, stop, on_progress);
  return {frames.table(), demuxer.info().video.codec};
}

std::string source_name(const std::string& container) {
  if (container == "matroska") return "source.mkv";
  if (container == "mpegts") return "source.ts";
  return "source." + container;
}

}  // namespace heaters::stages

#include "stages/ingest.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/process_usage.h"
#include "media/demuxer.h"
#include "media/frame_table.h"
#include "media/keyframe_scan.h"
#include "media/loudness.h"
#include "media/media_pass.h"
#include "media/poster.h"
#include "media/proxy_check.h"
#include "media/proxy_writer.h"
#include "media/waveform.h"
#include "stages/filmstrip_map.h"
#include "stages/shot_sink.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace fs = std::filesystem;

namespace {

constexpr const char* made_by = "ingest/1";

// A file that the pass made, on its way into the store.
struct MadeFile {
  std::string kind;
  std::string name;  // the last part of its key
  fs::path path;
};

// What one pass found out.
struct PassResult {
  media::MediaInfo info;
  media::ProxyDecision proxy;
  media::PassReport report;
  media::FrameTable frame_table{Rational{1, 1}};
  shots::ScoreCurve curve;
  std::optional<media::Loudness> loudness;
  std::optional<double> waveform_start_seconds;
  int encoded_streams = 0;
  std::vector<MadeFile> files;
};

media::ProxyDecision choose_proxy(const media::MediaInfo& info, const fs::path& path,
                                  const IngestOptions& options, const std::stop_token& stop) {
  auto decision = media::decide_proxy(info, std::nullopt, options.proxy_limits);
  if (decision.rung == media::ProxyRung::Encode) return decision;
  constexpr double scanned_seconds = 120;
  const double gap = media::longest_keyframe_gap(path, scanned_seconds, stop);
  return media::decide_proxy(info, gap, options.proxy_limits);
}

// The last path part of the source's key keeps the file's kind visible to whoever looks into the store.
std::string source_name(const std::string& container) {
  if (container == "matroska") return "source.mkv";
  if (container == "mpegts") return "source.ts";
  return "source." + container;
}

// One pass over the source into `directory`, with the proxy made by the rung given.
PassResult run_pass(const StageContext& context, media::Demuxer& demuxer, const media::ProxyDecision& proxy,
                    const IngestOptions& options, const fs::path& directory) {
  PassResult result;
  result.info = demuxer.info();
  result.proxy = proxy;

  media::FrameTableSink frame_table(result.info.video.time_base);
  ShotSink shots;
  media::FilmstripSink filmstrip(result.info, options.filmstrip, directory);
  media::PosterSink poster(result.info.video, options.poster_short_side, directory / "poster.jpg");
  media::LoudnessSink loudness;
  media::WaveformSink waveform;
  std::optional<media::ProxyWriter> writer;
  media::PassSinks sinks{{&frame_table, &shots, &filmstrip, &poster}, {&loudness, &waveform}, {}};
  if (proxy.rung != media::ProxyRung::Reuse) {
    writer.emplace(proxy.rung, demuxer, options.proxy_profile, directory / "proxy.mp4");
    writer->listen(sinks);
  }

  result.report = media::run_media_pass(demuxer, sinks, context.stop, context.on_progress);
  if (writer) {
    writer->finish();
    result.encoded_streams = writer->encoded_streams();
    result.files.push_back({"proxy", "proxy.mp4", directory / "proxy.mp4"});
  }
  result.frame_table = frame_table.table();
  result.curve = shots.curve();
  result.loudness = loudness.loudness();

  const auto add = [&](const char* kind, const std::string& name) {
    result.files.push_back({kind, name, directory / name});
  };
  write_file(directory / "frames.hft", result.frame_table.encode());
  add("frame_table", "frames.hft");
  write_file(directory / "scores.hsc", result.curve.encode());
  add("score_curve", "scores.hsc");
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

// Why copied packets are no proxy: they must be the frames that were decoded, or frame numbers would mean two
// things.
std::optional<std::string> copy_obstacle(const PassResult& pass, const fs::path& directory) {
  if (pass.report.picture_size_changes) return "the size of the picture changes on the way";
  return media::find_proxy_mismatch(directory / "proxy.mp4", pass.frame_table,
                                    media::timestamp_shift(pass.info));
}

Rational frame_rate(const PassResult& pass) {
  const Rational mean = pass.frame_table.mean_rate();
  const Rational stated = pass.info.video.frame_rate;
  if (!mean.is_positive()) return stated;
  // The header's fraction is the nicer one when the frames agree with it.
  const bool agrees = stated.is_positive() && std::abs(to_double(stated) / to_double(mean) - 1) < 0.002;
  return agrees ? stated : mean;
}

catalog::IngestedVideo describe(const PassResult& pass, const fs::path& path, const FileDigest& source,
                                const IngestOptions& options) {
  const media::FrameTable& table = pass.frame_table;
  catalog::Video video{.id = catalog::VideoId::make()};
  video.title = path.filename().string();
  video.source_sha256 = source.sha256;
  video.source_bytes = source.bytes;
  video.container = pass.info.container;
  video.video_codec = pass.info.video.codec;
  if (pass.info.audio) video.audio_codec = pass.info.audio->codec;
  video.width = pass.info.video.width;
  video.height = pass.info.video.height;
  video.rotation = pass.info.video.rotation;
  video.frame_count = table.size();
  video.time_base = table.time_base();
  video.frame_rate = frame_rate(pass);
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

// Objects without rows are what must never stay behind: unless kept, everything put is removed again.
class Publication {
 public:
  Publication(storage::LocalStore& store, const catalog::VideoId& id, storage::WorkspaceFolder& folder)
      : store_(store), id_(id), folder_(folder) {}
  ~Publication() {
    if (is_kept_) return;
    try {
      store_.remove_prefix(storage::video_prefix(id_.text()));
    } catch (const std::exception&) {
      // The folder that stays names the video: the next ingest removes the rest.
      folder_.keep();
    }
  }
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  catalog::Artifact put(const MadeFile& file, const ByteProgress& on_progress) {
    const std::string key = storage::video_key(id_.text(), file.name);
    const FileDigest digest = store_.put(key, file.path, on_progress);
    return {key, file.kind, digest.bytes, digest.sha256, made_by};
  }
  void keep() { is_kept_ = true; }

 private:
  storage::LocalStore& store_;
  catalog::VideoId id_;
  storage::WorkspaceFolder& folder_;
  bool is_kept_ = false;
};

class Ingest {
 public:
  Ingest(const StageContext& context, const fs::path& path, const IngestOptions& options)
      : context_(context), path_(path), options_(options) {}

  IngestResult run() {
    clean_up_after_the_killed(context_);
    const FileDigest source = digest_source();
    const auto stop_if_asked = [&] { this->stop_if_asked(); };
    const FileLock lock = context_.workspace.lock_source(source.sha256, stop_if_asked);
    const auto existing = context_.catalog.find_by_source(source.sha256);
    if (existing && !options_.again) return {existing->id, true};
    return {make(source, existing ? std::optional(existing->id) : std::nullopt), false};
  }

 private:
  void stop_if_asked() const {
    if (context_.stop.stop_requested()) {
      throw Error(ErrorKind::Cancelled, fmt::format("ingest \"{}\": stopped", path_.string()));
    }
  }

  FileDigest digest_source() const {
    ProgressThrottle progress("hash", "bytes", static_cast<std::int64_t>(file_bytes()), context_.on_progress);
    const FileDigest digest = digest_file(path_, watching(progress));
    progress.finish(static_cast<std::int64_t>(digest.bytes));
    return digest;
  }

  std::uint64_t file_bytes() const { return file_size(open_regular_file(path_), path_); }

  // Reports the progress of a long read or copy, and ends it when a stop is asked for.
  ByteProgress watching(ProgressThrottle& progress) const {
    return [this, &progress](std::uint64_t bytes_done) {
      stop_if_asked();
      progress.update(static_cast<std::int64_t>(bytes_done));
    };
  }

  catalog::VideoId make(const FileDigest& source, const std::optional<catalog::VideoId>& copy_of) {
    const catalog::VideoId id = catalog::VideoId::make();
    log(LogLevel::Info, fmt::format("ingest.started video={} bytes={}", id.text(), source.bytes));
    storage::WorkspaceFolder folder = context_.workspace.open(id.text());
    PassResult pass = passes(folder.path());
    catalog::IngestedVideo ingested = describe(pass, path_, source, options_);
    ingested.video.id = id;
    ingested.video.copy_of = copy_of;
    ingested.video.decode_passes = decode_passes_;
    publish(pass, source, ingested, folder);
    return id;
  }

  // One pass, or two when copied packets turned out to be no proxy.
  PassResult passes(const fs::path& directory) {
    media::Demuxer demuxer(path_, context_.stop);
    media::ProxyDecision proxy = choose_proxy(demuxer.info(), path_, options_, context_.stop);
    if (proxy.rung == media::ProxyRung::Reuse) return pass(demuxer, proxy, directory);
    if (proxy.rung != media::ProxyRung::Encode) {
      std::string obstacle;
      if (auto copied = try_copy(demuxer, proxy, directory, obstacle)) return *std::move(copied);
      proxy = {media::ProxyRung::Encode, fmt::format("copied packets are no proxy: {}", obstacle)};
      media::Demuxer from_the_start(path_, context_.stop);
      return encoding_pass(from_the_start, proxy, directory);
    }
    return encoding_pass(demuxer, proxy, directory);
  }

  PassResult pass(media::Demuxer& demuxer, const media::ProxyDecision& proxy, const fs::path& directory) {
    ++decode_passes_;
    return run_pass(context_, demuxer, proxy, options_, directory);
  }

  PassResult encoding_pass(media::Demuxer& demuxer, const media::ProxyDecision& proxy,
                           const fs::path& directory) {
    PassResult made = pass(demuxer, proxy, directory);
    check_encoded(made, directory);
    return made;
  }

  // One frame out per frame in is what the encoder is built to do; reading its packets costs next to nothing.
  void check_encoded(const PassResult& made, const fs::path& directory) const {
    const auto mismatch = media::find_proxy_mismatch(directory / "proxy.mp4", made.frame_table,
                                                     media::timestamp_shift(made.info));
    if (mismatch)
      throw Error(ErrorKind::Internal, fmt::format("ingest \"{}\": {}", path_.string(), *mismatch));
  }

  std::optional<PassResult> try_copy(media::Demuxer& demuxer, const media::ProxyDecision& proxy,
                                     const fs::path& directory, std::string& obstacle) {
    try {
      PassResult copied = pass(demuxer, proxy, directory);
      const auto found = copy_obstacle(copied, directory);
      if (!found) return copied;
      obstacle = *found;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Unsupported) throw;
      obstacle = "MP4 cannot hold them as they are";
    }
    return std::nullopt;
  }

  void publish(const PassResult& pass, const FileDigest& source, catalog::IngestedVideo& ingested,
               storage::WorkspaceFolder& folder) {
    Publication publication(context_.store, ingested.video.id, folder);
    ProgressThrottle progress("publish", "bytes", static_cast<std::int64_t>(source.bytes),
                              context_.on_progress);
    const catalog::Artifact stored_source =
        publication.put({"source", source_name(pass.info.container), path_}, watching(progress));
    progress.finish(static_cast<std::int64_t>(source.bytes));
    if (stored_source.sha256 != source.sha256) {
      throw Error(ErrorKind::Conflict,
                  fmt::format("ingest \"{}\": the file changed while it was being read", path_.string()));
    }
    ingested.video.proxy_key = stored_source.key;
    ingested.artifacts.push_back(stored_source);
    for (const MadeFile& file : pass.files) {
      ingested.artifacts.push_back(publication.put(file, [this](std::uint64_t) { stop_if_asked(); }));
      if (file.kind == "proxy") ingested.video.proxy_key = ingested.artifacts.back().key;
    }
    ingested.video.wall_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    ingested.video.cpu_seconds = process_usage().cpu_seconds - cpu_at_start_;
    db::Transaction transaction(context_.database);
    context_.catalog.record(ingested);
    transaction.commit();
    publication.keep();
    log(LogLevel::Info,
        fmt::format("ingest.finished video={} frames={} proxy={} cuts={} wall_s={:.3f} cpu_s={:.3f}",
                    ingested.video.id.text(), ingested.video.frame_count, ingested.video.proxy_rung,
                    ingested.cuts.size(), ingested.video.wall_seconds, ingested.video.cpu_seconds));
  }

  const StageContext& context_;
  const fs::path& path_;
  const IngestOptions& options_;
  int decode_passes_ = 0;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  double cpu_at_start_ = process_usage().cpu_seconds;
};

}  // namespace

IngestResult ingest_file(const StageContext& context, const fs::path& path, const IngestOptions& options) {
  return Ingest(context, path, options).run();
}

void clean_up_after_the_killed(const StageContext& context) {
  context.workspace.reap([&](const std::string& id) {
    const auto video_id = catalog::VideoId::parse(id);
    // Killed between its commit and its end: then the objects have rows and stay.
    if (video_id && !context.catalog.find(*video_id)) context.store.remove_prefix(storage::video_prefix(id));
  });
}

}  // namespace heaters::stages

#include "stages/export.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "catalog/catalog.h"
#include "catalog/submissions.h"
#include "jobs/queue.h"
#include "stages/job_arguments.h"
#include "stages/source_files.h"
#include "stages/upkeep.h"
#include "stages/video_attempt.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace fs = std::filesystem;

namespace {

constexpr const char* export_made_by = "export/1";
constexpr int parallel_export_puts = 4;

std::string unique_key_of(const std::string& batch) {
  return "export-" + batch;
}

std::string batch_in(const JobArguments& arguments) {
  std::string batch = arguments.text("batch");
  if (!is_ulid(batch)) throw Error(ErrorKind::InvalidInput, "read the args of a job: \"batch\" is no id");
  return batch;
}

// The kind of its artifact.
const char* kind_of(const catalog::Export& exported) {
  const auto preset = media::parse_export_preset(exported.preset);
  return preset && media::is_master(*preset) ? "master" : "export";
}

std::string export_name(const catalog::Export& exported, const std::string& extension) {
  // Settings that are not the usual ones make another file.
  const std::string mark = exported.settings.empty() ? "" : "-" + sha256_hex(exported.settings).substr(0, 8);
  return fmt::format("{}-{}-{}-{}{}{}", kind_of(exported), exported.span.begin, exported.span.end,
                     exported.preset, mark, extension);
}

// What one attempt makes: the files of the batch, in the store, and what to write about them.
class ExportBatch {
 public:
  ExportBatch(VideoAttempt& attempt, std::string batch) : attempt_(attempt), batch_(std::move(batch)) {}

  // Puts objects; the rows are written by record().
  void run() {
    for (auto& each : catalog::Exports(attempt_.database()).of_batch(batch_)) {
      if (each.state == "queued") exports_.push_back(std::move(each));
    }
    if (exports_.empty()) return;
    catalog::Catalog catalog(attempt_.database());
    const auto video = catalog.find(attempt_.video_id());
    if (!video) {
      throw Error(ErrorKind::NotFound,
                  fmt::format("export of video {}: it is gone", attempt_.video_id().text()));
    }
    const auto table =
        stored_frame_table(attempt_.services().workspace, attempt_.store(), catalog, attempt_.video_id());
    const catalog::Artifact source = artifact_of(catalog, attempt_.video_id(), "source");
    ProgressThrottle reading("fetch", "bytes", static_cast<std::int64_t>(source.bytes),
                             attempt_.progress_listener());
    const fs::path path = fetch_unchanged(attempt_.services().workspace, attempt_.store(), source,
                                          attempt_.folder(), attempt_.watching(reading));
    make(*video, table, path);
    put();
  }

  void record(db::Database& database) const {
    catalog::Catalog catalog(database);
    catalog::Exports exports(database);
    for (std::size_t i = 0; i < exports_.size(); ++i) {
      if (clips_[i].error) {
        exports.failed(exports_[i].id, *clips_[i].error);
        continue;
      }
      catalog.add_artifact(attempt_.video_id(), artifacts_[i]);
      exports.ready(exports_[i].id, artifacts_[i].key, export_report_json(clips_[i]).dump());
    }
  }

 private:
  void make(const catalog::Video& video, const media::FrameTable& table, const fs::path& source) {
    const auto format = media::parse_export_format(exports_.front().preset, exports_.front().settings);
    if (!format) throw Error(ErrorKind::Internal, "export: a row has an unknown preset");
    const std::string extension = media::export_extension(video.video_codec, format->preset);
    std::vector<media::ClipRequest> requests;
    requests.reserve(exports_.size());
    for (const catalog::Export& each : exports_) {
      requests.push_back({each.span, attempt_.folder().path() / export_name(each, extension)});
    }
    clips_ =
        media::export_clips(source, table, requests, *format, attempt_.stop(), attempt_.progress_listener());
    for (std::size_t i = 0; i < clips_.size(); ++i) {
      log(LogLevel::Info, "clip.exported",
          {{"video", video.id.text()},
           {"begin", exports_[i].span.begin},
           {"end", exports_[i].span.end},
           {"rung", media::to_string(clips_[i].rung)},
           {"copied", clips_[i].copied_frames},
           {"encoded", clips_[i].encoded_frames},
           {"is_proven", !clips_[i].error}});
      files_.push_back(requests[i].path);
      attempt_.count_frames(0, clips_[i].encoded_frames);
    }
  }

  void put() {
    artifacts_.resize(clips_.size());
    for_each_parallel(clips_.size(), parallel_export_puts, [&](std::size_t i) {
      if (clips_[i].error) return;
      const std::string key = storage::video_key(attempt_.video_id().text(), files_[i].filename().string());
      const FileDigest digest = attempt_.store().put(
          key, files_[i], [this](std::uint64_t) { attempt_.stop_if_asked(); },
          exports_[i].storage_class.value_or(""));
      artifacts_[i] = {key,
                       kind_of(exports_[i]),
                       digest.bytes,
                       digest.sha256,
                       export_made_by,
                       attempt_.store().storage_class_of(exports_[i].storage_class.value_or(""))};
    });
  }

  VideoAttempt& attempt_;
  std::string batch_;
  std::vector<catalog::Export> exports_;
  std::vector<media::ExportedClip> clips_;
  std::vector<fs::path> files_;
  std::vector<catalog::Artifact> artifacts_;
};

jobs::Outcome run_export(StageServices& services, const jobs::Attempt& attempt) {
  const JobArguments arguments(attempt.job.args_json);
  const std::string name = batch_in(arguments);
  const auto run = std::make_shared<VideoAttempt>(services, attempt, arguments.video_id(), export_stage);
  if (!run->open_folder(name)) return {jobs::Snooze{std::chrono::seconds(1)}};
  const auto batch = std::make_shared<ExportBatch>(*run, name);
  jobs::Outcome outcome{jobs::Completed{}};
  std::optional<Error> failure;
  try {
    batch->run();
    outcome.record = [batch](db::Database& database) { batch->record(database); };
  } catch (const std::exception& exception) {
    failure = to_error(exception);
    outcome = attempt.outcome_of(*failure);
  }
  const bool has_failed = failure && is_final_failure(outcome, attempt.job);
  outcome.record = [run, failure, has_failed, end = end_of_attempt(outcome), id = name,
                    record = outcome.record](db::Database& database) {
    if (record) record(database);
    if (has_failed) catalog::Exports(database).failed_batch(id, *failure);
    catalog::Submissions(database).clear_progress(run->video_id());
    catalog::CostLedger(database).add(run->cost(end));
  };
  outcome.after = [run] { run->discard_folder(); };
  return outcome;
}

}  // namespace

SubmittedExports submit_exports(db::Database& database, const catalog::Video& video,
                                std::span<const FrameSpan> spans, const media::ExportFormat& format,
                                const std::string& storage_class) {
  for (const FrameSpan& span : spans) {
    if (span.begin < 0 || span.begin >= span.end || span.end > video.frame_count) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("export frames {} to {} of video {}: it has frames 0 to {}", span.begin,
                              span.end - 1, video.id.text(), video.frame_count - 1));
    }
  }
  const std::string batch = new_ulid();
  db::Transaction transaction(database);
  SubmittedExports submitted{
      .exports = catalog::Exports(database).request(video.id, spans,
                                                    {.preset = std::string(media::to_string(format.preset)),
                                                     .settings = media::settings_text(format),
                                                     .storage_class = storage_class},
                                                    batch),
      .job_id = std::nullopt};
  const bool is_work = std::any_of(submitted.exports.begin(), submitted.exports.end(),
                                   [&](const catalog::Export& each) { return each.batch == batch; });
  if (is_work) {
    Json args;
    args["video_id"] = video.id.text();
    args["batch"] = batch;
    jobs::NewJob job{.queue = export_stage.queue, .worker = export_stage.worker};
    job.trace = current_or_new_trace();
    job.args_json = args.dump();
    job.unique_key = unique_key_of(batch);
    submitted.job_id = jobs::make_queue(database)->insert(std::span(&job, 1)).front().id;
  }
  transaction.commit();
  return submitted;
}

jobs::Handler export_handler(StageServices& services) {
  return {.run = [&services](const jobs::Attempt& attempt) { return run_export(services, attempt); },
          .timeout = services.export_timeout};
}

int fail_abandoned_exports(db::Database& database) {
  catalog::Exports exports(database);
  const auto queue = jobs::make_queue(database);
  int failed = 0;
  for (const std::string& batch : exports.unfinished_batches()) {
    auto job = queue->latest(unique_key_of(batch));
    if (job && is_unfinished(*job)) continue;
    // Asked again where nothing can change meanwhile.
    db::Transaction transaction(database);
    job = queue->latest(unique_key_of(batch));
    if (job && is_unfinished(*job)) continue;
    exports.failed_batch(batch, reason_of_end(job));
    transaction.commit();
    ++failed;
  }
  return failed;
}

Json proof_json(const media::ClipProof& proof) {
  const auto or_null = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  Json json;
  json["holds"] = proof.holds();
  json["failure"] = proof.failure ? Json(*proof.failure) : Json(nullptr);
  json["frames"] = proof.frames;
  json["equal_frames"] = proof.equal_frames;
  json["copied_hash"] = proof.copied_hash.empty() ? Json(nullptr) : Json(proof.copied_hash);
  json["time_deviation"] = proof.time_deviation_seconds;
  json["mean_psnr"] = or_null(proof.mean_psnr);
  json["least_psnr"] = or_null(proof.least_psnr);
  json["least_ssim"] = or_null(proof.least_ssim);
  json["sound_offset"] = or_null(proof.sound_offset_seconds);
  return json;
}

Json export_report_json(const media::ExportedClip& clip) {
  Json json;
  json["rung"] = media::to_string(clip.rung);
  json["reason"] = clip.reason;
  json["copied_frames"] = clip.copied_frames;
  json["encoded_frames"] = clip.encoded_frames;
  json["copied_begin_frame"] = clip.copied.begin;
  json["copied_end_frame"] = clip.copied.end;
  const auto all = static_cast<double>(clip.copied_frames + clip.encoded_frames);
  json["encoded_share"] = all > 0 ? static_cast<double>(clip.encoded_frames) / all : 0.0;
  json["sound_encoded"] = clip.is_sound_encoded;
  json["proof"] = proof_json(clip.proof);
  return json;
}

media::ClipProof verify_export(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                               const catalog::Export& exported, const std::stop_token& stop) {
  if (exported.state != "ready") {
    throw Error(ErrorKind::Conflict,
                fmt::format("verify export {}: it is {}", exported.id.text(), exported.state));
  }
  StoredSource source(database, store, workspace, exported.video_id, stop);
  catalog::Catalog catalog(database);
  const ByteProgress watch = [&](std::uint64_t) {
    if (stop.stop_requested()) throw Error(ErrorKind::Cancelled, "verify an export: stopped");
  };
  const auto table = stored_frame_table(workspace, store, catalog, exported.video_id);
  const auto artifact = catalog.find_artifact(*exported.artifact_key);
  if (!artifact)
    throw Error(ErrorKind::NotFound, fmt::format("verify export {}: its file is gone", exported.id.text()));
  const auto file = fetch_unchanged(workspace, store, *artifact, source.folder(), watch);
  const Json report = Json::parse(*exported.report);
  const FrameSpan copied{report.at("copied_begin_frame").get<FrameNumber>(),
                         report.at("copied_end_frame").get<FrameNumber>()};
  const auto format = media::parse_export_format(exported.preset, exported.settings);
  if (!format) throw Error(ErrorKind::Internal, "verify an export: its row has an unknown preset");
  return media::prove_clips(source.path(), table, media::DecodeOrder::from_offsets(table),
                            {{file, exported.span, copied, *format}}, stop)
      .front();
}

}  // namespace heaters::stages

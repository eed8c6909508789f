#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "app/clip_choice.h"
#include "app/commands.h"
#include "app/home.h"
#include "app/input_file.h"
#include "app/output.h"
#include "app/progress_bar.h"
#include "app/video_lookup.h"
#include "app/worker_thread.h"
#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/utf8.h"
#include "catalog/submissions.h"
#include "documents/clip_timeline.h"
#include "documents/export_document.h"
#include "exchange/dataset.h"
#include "jobs/queue.h"
#include "media/master_size.h"
#include "stages/export.h"
#include "stages/source_files.h"
#include "stages/source_pass.h"
#include "storage/storage_class.h"

namespace heaters::app {

namespace fs = std::filesystem;

namespace {

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string report_for_people(const Json& report) {
  const Json& proof = report["proof"];
  std::string text =
      fmt::format("{}: {} frames copied, {} encoded ({})", report["rung"].get<std::string>(),
                  report["copied_frames"].get<FrameNumber>(), report["encoded_frames"].get<FrameNumber>(),
                  percent(report["encoded_share"].get<double>()));
  if (!proof["mean_psnr"].is_null()) {
    text += fmt::format(", {:.1f} dB, SSIM at least {:.4f}", proof["mean_psnr"].get<double>(),
                        proof["least_ssim"].get<double>());
  }
  if (!proof["sound_offset"].is_null()) {
    text += fmt::format(", sound {:+.1f} ms", proof["sound_offset"].get<double>() * 1000);
  }
  if (const auto reason = report["reason"].get<std::string>(); !reason.empty()) text += "; " + reason;
  return text;
}

// A name that files of one title do not share.
std::string file_name(const std::string& title, FrameSpan span, media::ExportPreset preset,
                      const std::string& extension) {
  std::string stem = fs::path(printable(title)).stem().string();
  std::replace(stem.begin(), stem.end(), '/', '_');
  const std::string suffix =
      preset == media::ExportPreset::Source ? "" : "-" + std::string(to_string(preset));
  return fmt::format("{}-{}-{}{}{}", stem, span.begin, span.end, suffix, extension);
}

void refuse_existing(const fs::path& path, bool may_overwrite) {
  std::error_code ignored;
  if (!may_overwrite && fs::exists(path, ignored)) {
    throw Error(ErrorKind::Conflict,
                fmt::format("write \"{}\": it is there already (--overwrite)", path.string()));
  }
}

// How large a master will be, before it is made; on stdout when that is all that is asked for.
void tell_size(const fs::path& source, const media::FrameTable& table, FrameSpan span,
               const ExportArguments& arguments, const std::stop_token& stop) {
  const std::int64_t bytes = media::estimate_master_bytes(source, table, span, arguments.format, stop);
  const auto* const storage_class = storage::find_storage_class(arguments.storage_class);
  const std::string warning =
      storage_class != nullptr ? storage_class_warning(*storage_class, static_cast<double>(bytes)) : "";
  Json json;
  json["begin_frame"] = span.begin;
  json["end_frame"] = span.end;
  json["preset"] = to_string(arguments.format.preset);
  json["settings"] = settings_text(arguments.format);
  json["estimated_bytes"] = bytes;
  json["source_bytes"] = fs::file_size(source);
  const std::string text =
      fmt::format("frames {} to {} as {}: about {:.1f} MB (the source has {:.1f} MB){}{}", span.begin,
                  span.end - 1, to_string(arguments.format.preset), static_cast<double>(bytes) / 1e6,
                  static_cast<double>(fs::file_size(source)) / 1e6, warning.empty() ? "" : "; ", warning);
  if (!arguments.estimates_only) {
    print_error(text);
  } else if (arguments.json) {
    print_json(json);
  } else {
    print(text + "\n");
  }
}

// A file that need not be in any library: cut here and now.
int export_file(const ExportArguments& arguments, const std::stop_token& stop) {
  const fs::path file = arguments.what.front();
  require_input_file(file);
  if (arguments.spans.empty() && !arguments.is_whole_video) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("export \"{}\": which frames? (--frames BEGIN:END)", file.string()));
  }
  if (arguments.dataset) {
    throw Error(ErrorKind::InvalidInput, "export --dataset: of what is in the library (heaters ingest)");
  }
  if (arguments.restores || !arguments.storage_class.empty()) {
    throw Error(ErrorKind::InvalidInput, "master: only what is in the library has a storage class");
  }
  if (arguments.verify) {
    throw Error(ErrorKind::InvalidInput,
                "export --verify: only what is in the library has a proof to repeat");
  }
  const fs::path directory = arguments.directory.value_or(".");
  create_folder(directory);
  const auto bar = progress_bar(file.filename().string());
  const auto [table, codec] = stages::read_frame_table(file, stop, bar);
  const std::string extension = media::export_extension(codec, arguments.format.preset);
  // Beside their places, so that what is there stays until the new files are proven.
  const TemporaryDirectory making(directory);
  std::vector<media::ClipRequest> requests;
  requests.reserve(arguments.spans.size());
  std::vector<FrameSpan> spans = each_once(arguments.spans);
  if (spans.empty()) spans.push_back({0, table.size()});
  for (const FrameSpan& span : spans) {
    if (is_master(arguments.format.preset)) tell_size(file, table, span, arguments, stop);
    if (arguments.estimates_only) continue;
    const std::string name = file_name(file.filename().string(), span, arguments.format.preset, extension);
    refuse_existing(directory / name, arguments.overwrite);
    requests.push_back({span, making.path() / name});
  }
  if (requests.empty()) return 0;
  const auto clips = media::export_clips(file, table, requests, arguments.format, stop, bar);
  int code = 0;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const fs::path path = directory / requests[i].path.filename();
    Json json;
    json["file"] = valid_utf8(path.string());
    json["begin_frame"] = requests[i].span.begin;
    json["end_frame"] = requests[i].span.end;
    json["preset"] = media::to_string(arguments.format.preset);
    if (clips[i].error) {
      code = code != 0 ? code : exit_code(clips[i].error->kind());
      json["error"]["kind"] = to_string(clips[i].error->kind());
      json["error"]["message"] = clips[i].error->what();
      print_error(fmt::format("heaters: {}", clips[i].error->what()));
    } else {
      fs::rename(requests[i].path, path);
      json["report"] = stages::export_report_json(clips[i]);
      if (!arguments.json) print(fmt::format("{}  {}\n", path.string(), report_for_people(json["report"])));
    }
    if (arguments.json) print_json(json);
  }
  return code;
}

class ExportCommand {
 public:
  ExportCommand(const Config& config, const ExportArguments& arguments, const std::stop_token& stop)
      : config_(config), arguments_(arguments), stop_(stop), home_(Home::open(config)) {}

  int run() {
    if (arguments_.dataset) {
      if (!arguments_.directory)
        throw Error(ErrorKind::InvalidInput, "export --dataset: where to? (-o FOLDER)");
      dataset_.emplace(*arguments_.dataset, *arguments_.directory);
    }
    for (const ChosenSpans& order : orders()) {
      if (arguments_.verify) {
        verify(order);
      } else if (arguments_.restores) {
        restore(order);
      } else {
        make(order);
      }
    }
    if (dataset_) dataset_->finish();
    return first_failure_;
  }

 private:
  bool is_worked_here() const { return home_->is_embedded() || arguments_.work; }

  std::vector<ChosenSpans> orders() {
    return choose_spans(*home_, arguments_.what,
                        {.spans = arguments_.spans,
                         .all_clips = arguments_.all_clips,
                         .joins_groups = arguments_.joins_groups,
                         .is_whole_video = arguments_.is_whole_video});
  }

  // Where a copy of the export of a span goes.
  fs::path path_of(const catalog::Video& video, FrameSpan span) const {
    // Titles of a data set's videos may be the same.
    return *arguments_.directory /
           file_name(dataset_ ? video.id.text() : video.title, span, arguments_.format.preset,
                     media::export_extension(video.video_codec, arguments_.format.preset));
  }

  void make(const ChosenSpans& order) {
    if (arguments_.directory) {
      create_folder(*arguments_.directory);
      for (const FrameSpan& span : order.spans) {
        if (dataset_ && arguments_.dataset == DatasetLayout::WebDataset) break;
        refuse_existing(path_of(order.video, span), arguments_.overwrite);
      }
    }
    if (is_master(arguments_.format.preset)) tell_sizes(order);
    if (arguments_.estimates_only) return;
    std::optional<WorkerThread> worker;
    auto submitted = stages::submit_exports(*home_->database, order.video, order.spans, arguments_.format,
                                            arguments_.storage_class);
    if (is_worked_here()) worker.emplace(*home_, config_, WorkerThread::options_of_command(config_));
    try {
      if (is_worked_here() || arguments_.wait) wait(order, submitted, worker);
    } catch (...) {
      if (is_worked_here() && submitted.job_id) {
        jobs::make_queue(*home_->database)->cancel(*submitted.job_id);
        if (worker) worker->stop();
        stages::fail_abandoned_exports(*home_->database);
      }
      throw;
    }
    for (const catalog::Export& each : submitted.exports) tell(order, each);
  }

  // From the source's own frames where it is at hand: fetching it for that alone would cost more than it
  // tells.
  void tell_sizes(const ChosenSpans& order) {
    const std::string key = stages::artifact_of(home_->catalog, order.video.id, "source").key;
    const auto file = home_->workspace().find(*home_->store, key);
    if (!file) {
      if (arguments_.estimates_only) {
        throw Error(ErrorKind::NotFound,
                    fmt::format("estimate a master of video {}: its source is not on this machine",
                                order.video.id.text()));
      }
      return;
    }
    for (const FrameSpan& span : order.spans) {
      tell_size(*file, table_of(order.video), span, arguments_, stop_);
    }
  }

  // Whether the files can be read; asks for it where they cannot.
  void restore(const ChosenSpans& order) {
    for (const catalog::Export& exported : exports_of(order)) {
      const auto state =
          home_->store->restore(*exported.artifact_key, arguments_.restore_days, arguments_.restore_tier);
      const char* const name = state == storage::RestoreState::Ready       ? "ready"
                               : state == storage::RestoreState::Requested ? "requested"
                                                                           : "restoring";
      Json json;
      json["export_id"] = exported.id.text();
      json["key"] = *exported.artifact_key;
      json["restore"] = name;
      if (arguments_.json) {
        print_json(json);
      } else {
        print(fmt::format("{}  {}\n", *exported.artifact_key, name));
      }
      // "Try again later", as the exit code says.
      if (state != storage::RestoreState::Ready && first_failure_ == 0) {
        first_failure_ = exit_code(ErrorKind::Unavailable);
      }
    }
  }

  // What was made of the order's spans as its format; throws NotFound for nothing.
  std::vector<catalog::Export> exports_of(const ChosenSpans& order) {
    std::vector<catalog::Export> all = catalog::Exports(*home_->database).of_video(order.video.id);
    std::erase_if(all, [&](const catalog::Export& each) {
      const auto preset = media::parse_export_preset(each.preset);
      const bool is_of_kind = !arguments_.is_whole_video || (preset && is_master(*preset));
      return each.state != "ready" || !is_of_kind ||
             std::find(order.spans.begin(), order.spans.end(), each.span) == order.spans.end();
    });
    if (all.empty()) {
      throw Error(ErrorKind::NotFound,
                  fmt::format("{} of video {}: nothing was exported of those frames",
                              arguments_.restores ? "restore" : "verify", order.video.id.text()));
    }
    return all;
  }

  void wait(const ChosenSpans& order, stages::SubmittedExports& submitted,
            const std::optional<WorkerThread>& worker) {
    const auto bar = progress_bar(order.video.title);
    catalog::Exports exports(*home_->database);
    for (;;) {
      if (stop_.stop_requested()) throw Error(ErrorKind::Cancelled, "export: stopped");
      if (worker) worker->rethrow_failure();
      bool is_done = true;
      for (catalog::Export& each : submitted.exports) {
        if (auto now = exports.find(each.id)) each = *std::move(now);
        is_done = is_done && each.state != "queued";
      }
      if (is_done) break;
      if (worker) give_up_if_failing(submitted);
      if (const auto progress =
              bar ? catalog::Submissions(*home_->database).progress(order.video.id) : std::nullopt) {
        bar(*progress);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(worker ? 20 : 200));
    }
    if (bar) bar({.finished = true});
  }

  // A worker would try again later. Who waits here is told now.
  void give_up_if_failing(const stages::SubmittedExports& submitted) {
    if (!submitted.job_id) return;
    const auto job = jobs::make_queue(*home_->database)->find(*submitted.job_id);
    if (job && job->state == jobs::JobState::Retryable && !job->errors.empty()) {
      throw Error(ErrorKind::Unavailable, job->errors.back().error);
    }
  }

  void tell(const ChosenSpans& order, const catalog::Export& exported) {
    const media::FrameTable& table = table_of(order.video);
    Json json = documents::export_json(*home_->database, exported, table);
    if (exported.state == "ready" && arguments_.directory) {
      const fs::path kept = path_of(order.video, exported.span);
      const fs::path path = dataset_ ? dataset_->place(kept.filename().string()) : kept;
      if (const auto local = home_->workspace().find(*home_->store, *exported.artifact_key)) {
        copy_file_durably(*local, path);
      } else {
        home_->store->get(*exported.artifact_key, path);
      }
      const bool is_in_tar = arguments_.dataset == DatasetLayout::WebDataset;
      json["file"] = is_in_tar ? Json(nullptr) : Json(valid_utf8(path.string()));
      if (dataset_) dataset_->add(path, record_of(order.video, exported, json));
    }
    if (exported.state == "failed")
      note_failure(parse_error_kind(exported.error_kind.value_or("")), *exported.error);
    if (arguments_.json) {
      print_json(json);
    } else if (exported.state == "ready") {
      print(fmt::format("{}  {} – {}  {}\n",
                        json.contains("file") && json["file"].is_string() ? json["file"].get<std::string>()
                                                                          : *exported.artifact_key,
                        exported.span.begin, exported.span.end, report_for_people(json["report"])));
    } else if (exported.state == "queued") {
      print(fmt::format("{}  {} – {}  queued\n", exported.id.text(), exported.span.begin, exported.span.end));
    }
  }

  // What a data set says of an exported clip.
  Json record_of(const catalog::Video& video, const catalog::Export& exported, const Json& document) {
    std::vector<catalog::PlacedClip> clips;
    for (const catalog::Clip& clip : home_->catalog.clips(video.id)) {
      if (clip.span == exported.span) clips.push_back({video.id, clip});
    }
    // Frames that are no clip by now are described as one that nobody decided about.
    if (clips.empty()) clips.push_back({video.id, {.id = catalog::ClipId::make(), .span = exported.span}});
    const auto timeline = documents::clip_timeline(home_->sources(), clips, video.title);
    Json record = exchange::dataset_record(timeline.media.front(), timeline.entries.front());
    record["sha256"] = document["sha256"];
    record["rung"] = document["report"]["rung"];
    return record;
  }

  void verify(const ChosenSpans& order) {
    for (const catalog::Export& exported : exports_of(order)) {
      const auto proof =
          stages::verify_export(*home_->database, *home_->store, home_->workspace(), exported, stop_);
      if (!proof.holds()) {
        note_failure(ErrorKind::Corrupt,
                     fmt::format("verify \"{}\": {}", *exported.artifact_key, *proof.failure));
      }
      Json json;
      json["export_id"] = exported.id.text();
      json["key"] = *exported.artifact_key;
      json["proof"] = stages::proof_json(proof);
      if (arguments_.json) {
        print_json(json);
      } else {
        print(fmt::format("{}  {}\n", *exported.artifact_key, proof.holds() ? "holds" : "does not hold"));
      }
    }
  }

  void note_failure(ErrorKind kind, const std::string& message) {
    print_error(fmt::format("heaters: {}", message));
    if (first_failure_ == 0) first_failure_ = exit_code(kind);
  }

  const media::FrameTable& table_of(const catalog::Video& video) {
    if (!table_ || table_of_ != video.id) {
      table_ = stages::stored_frame_table(home_->workspace(), *home_->store, home_->catalog, video.id);
      table_of_ = video.id;
    }
    return *table_;
  }

  const Config& config_;
  const ExportArguments& arguments_;
  const std::stop_token& stop_;
  std::unique_ptr<Home> home_;
  std::optional<DatasetWriter> dataset_;
  std::optional<media::FrameTable> table_;
  std::optional<catalog::VideoId> table_of_;
  int first_failure_ = 0;
};

}  // namespace

int run_export(const Config& config, const ExportArguments& arguments, const std::stop_token& stop) {
  if (is_one_file(arguments.what)) return export_file(arguments, stop);
  return ExportCommand(config, arguments, stop).run();
}

}  // namespace heaters::app

#include <fmt/format.h>

#include <span>
#include <thread>

#include "app/commands.h"
#include "app/home.h"
#include "app/input_file.h"
#include "app/output.h"
#include "app/progress_bar.h"
#include "app/url_fetching.h"
#include "app/worker_thread.h"
#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "catalog/submissions.h"
#include "documents/video_document.h"
#include "jobs/queue.h"
#include "stages/origin.h"
#include "stages/submit.h"
#include "stages/upkeep.h"
#include "stages/url_source.h"

namespace heaters::app {

namespace {

std::string for_people(const catalog::Video& video, const Json& json, bool is_duplicate,
                       const std::string& store) {
  std::string text = fmt::format(
      "{}  {}{}\n"
      "  source   {} {}x{}, {} frames at {:.3f}/s{}, {:.2f} s, {} bytes\n"
      "  proxy    {}: {}\n"
      "  shots    {} ({} cuts)\n"
      "  stored   {} bytes, {:.3f} of the source, in {}/videos/{}\n"
      "  work     {:.2f} s, {:.2f} CPU s, {} decode pass{}, {} encoded stream{}\n",
      video.id.text(), printable(video.title),
      is_duplicate ? "  (was here already; --again ingests it again)" : "", video.video_codec, video.width,
      video.height, video.frame_count, to_double(video.frame_rate),
      video.variable_frame_rate ? " (variable)" : "", video.duration_seconds, video.source_bytes,
      video.proxy_rung, video.proxy_reason, json["clips"].size(), json["cuts"].size(),
      json["stored_bytes"].get<std::uint64_t>(),
      static_cast<double>(json["stored_bytes"].get<std::uint64_t>()) /
          static_cast<double>(video.source_bytes),
      store, video.id.text(), video.wall_seconds, video.cpu_seconds, video.decode_passes,
      video.decode_passes == 1 ? "" : "es", video.encoded_streams, video.encoded_streams == 1 ? "" : "s");
  for (const auto& clip : json["clips"]) {
    text +=
        fmt::format("  shot  {:>7} – {:>7}  {} – {}\n", clip["begin_frame"].get<FrameNumber>(),
                    clip["end_frame"].get<FrameNumber>(), format_clock_time(clip["begin_time"].get<double>()),
                    format_clock_time(clip["end_time"].get<double>()));
  }
  return text;
}

Json failure_json(const std::string& file, const Error& error) {
  Json failure;
  failure["file"] = stages::printable_origin(file);
  failure["error"]["kind"] = to_string(error.kind());
  failure["error"]["message"] = error.what();
  return failure;
}

// The command from the first file to the last: all are entered, then each is waited for in turn.
class IngestCommand {
 public:
  IngestCommand(const Config& config, const IngestArguments& arguments, const std::stop_token& stop)
      : config_(config), arguments_(arguments), stop_(stop) {}

  int run() {
    for (const std::string& file : arguments_.files) {
      guarded(file, [&] { submit(file); });
    }
    for (const Entry& entry : entries_) {
      guarded(entry.file, [&] {
        const bool is_known = entry.submitted.job_id == 0;
        if (is_followed() || is_known) return follow(entry);
        acknowledge(entry);
      });
    }
    if (worker_) worker_->stop();
    return first_failure_;
  }

  // An interrupted command takes back what it entered and did itself; what others run goes on.
  void take_back() {
    if (!worker_) return;
    for (const Entry& entry : entries_) cancel(entry);
    worker_->stop();
    clean_up(entries_);
  }

 private:
  struct Entry {
    std::string file;
    stages::Submitted submitted;
  };

  bool is_worked_here() const { return config_.database_url.empty() || arguments_.work; }
  bool is_followed() const { return is_worked_here() || arguments_.wait; }

  // A failure ends its file only.
  template <typename Action>
  void guarded(const std::string& file, Action action) {
    try {
      action();
    } catch (const std::exception& exception) {
      const Error error = to_error(exception);
      if (stop_.stop_requested()) throw Error(ErrorKind::Cancelled, error.what());
      print_error(fmt::format("heaters: {}", error.what()));
      if (arguments_.json) print_json(failure_json(file, error));
      if (first_failure_ == 0) first_failure_ = exit_code(error.kind());
    }
  }

  void submit(const std::string& file) {
    // A home is made for a file that exists, not for a typing error.
    const bool is_url = !stages::path_of_origin(file);
    if (is_url) {
      net::AddressGuard::check_scheme(file);
    } else {
      require_input_file(file);
    }
    if (!home_) home_ = Home::create(config_);
    if (is_worked_here() && !worker_) {
      worker_.emplace(*home_, config_, WorkerThread::options_of_command(config_));
    }
    const stages::SubmitOptions options{.shots = config_.ingest.shots,
                                        .is_copy = arguments_.again,
                                        .node = worker_ ? std::optional(worker_->node()) : std::nullopt,
                                        .affinity = config_.jobs.affinity};
    if (!is_url) {
      const auto bar = progress_bar(stages::title_of_origin(file));
      entries_.push_back(
          {file, stages::submit_file(*home_->database, *home_->store, file, options, stop_, bar)});
      return;
    }
    for (const std::string& url : videos_at(file)) {
      guarded(url, [&] {
        entries_.push_back(
            {stages::printable_origin(url), stages::submit_url(*home_->database, url, options)});
      });
    }
  }

  // One, unless a playlist is asked for.
  std::vector<std::string> videos_at(const std::string& url) const {
    if (!arguments_.playlist) return {url};
    sidecar::WorkerPool workers(worker_pool_options(config_));
    std::vector<std::string> urls;
    for (auto& entry : stages::list_playlist(workers, url, arguments_.playlist_limit, stop_)) {
      urls.push_back(std::move(entry.url));
    }
    if (urls.empty()) {
      throw Error(ErrorKind::NotFound,
                  fmt::format("list {}: there are no videos in it", stages::printable_origin(url)));
    }
    return urls;
  }

  void acknowledge(const Entry& entry) const {
    Json json;
    json["video_id"] = entry.submitted.video_id.text();
    json["job_id"] = entry.submitted.job_id;
    if (arguments_.json) return print_json(json);
    print(fmt::format("{}  {}  queued as job {}\n", entry.submitted.video_id.text(), printable(entry.file),
                      entry.submitted.job_id));
  }

  void follow(const Entry& entry) {
    const auto bar = progress_bar(stages::title_of_origin(entry.file));
    catalog::Submissions submissions(*home_->database);
    while (true) {
      if (stop_.stop_requested())
        throw Error(ErrorKind::Cancelled, fmt::format("ingest \"{}\": stopped", entry.file));
      if (worker_) worker_->rethrow_failure();
      const auto submission = submissions.find(entry.submitted.video_id);
      if (!submission)
        throw Error(ErrorKind::NotFound, fmt::format("ingest \"{}\": its submission is gone", entry.file));
      if (submission->is_finished()) return finish(*submission, bar);
      if (is_worked_here() && submission->error) give_up(entry, *submission);
      if (const auto progress = bar ? submissions.progress(entry.submitted.video_id) : std::nullopt)
        bar(*progress);
      std::this_thread::sleep_for(std::chrono::milliseconds(is_worked_here() ? 20 : 200));
    }
  }

  // A worker would try again later. Who waits here is told now, and may do so too.
  [[noreturn]] void give_up(const Entry& entry, const catalog::Submission& submission) {
    cancel(entry);
    clean_up(std::span(&entry, 1));
    throw Error(parse_error_kind(submission.error_kind.value_or("")), *submission.error);
  }

  void cancel(const Entry& entry) {
    const auto queue = jobs::make_queue(*home_->database);
    if (const auto job = queue->latest(entry.submitted.video_id.text())) queue->cancel(job->id);
  }

  // After jobs were cancelled: nothing of them stays.
  void clean_up(std::span<const Entry> entries) {
    stages::fail_abandoned_submissions(*home_->database);
    stages::reap_workspace(*home_->database, home_->workspace());
    for (const Entry& entry : entries) {
      stages::remove_objects_of_failed(*home_->database, *home_->store, entry.submitted.video_id);
    }
  }

  void finish(const catalog::Submission& submission, const ProgressListener& bar) {
    if (bar) bar({.finished = true});
    if (submission.state == "failed") {
      throw Error(parse_error_kind(submission.error_kind.value_or("")), submission.error.value_or(""));
    }
    const bool is_duplicate = submission.state == "duplicate";
    const auto id = is_duplicate && submission.duplicate_of ? *submission.duplicate_of : submission.video_id;
    const auto video = home_->catalog.find(id);
    if (!video) throw Error(ErrorKind::NotFound, fmt::format("read back video {}: it is gone", id.text()));
    Json description = documents::video_json(home_->sources(), *video);
    description["duplicate"] = is_duplicate;
    if (arguments_.json) return print_json(description);
    print(for_people(*video, description, is_duplicate, home_->store->name()));
  }

  const Config& config_;
  const IngestArguments& arguments_;
  const std::stop_token& stop_;
  std::unique_ptr<Home> home_;
  std::vector<Entry> entries_;
  int first_failure_ = 0;
  std::optional<WorkerThread> worker_;
};

}  // namespace

int run_ingest(const Config& config, const IngestArguments& arguments, const std::stop_token& stop) {
  IngestCommand command(config, arguments, stop);
  try {
    return command.run();
  } catch (...) {
    command.take_back();
    throw;
  }
}

}  // namespace heaters::app

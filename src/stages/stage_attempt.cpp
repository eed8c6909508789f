#include "stages/stage_attempt.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "stages/origin.h"

namespace heaters::stages {

StageAttempt::StageAttempt(StageServices& services, const jobs::Attempt& attempt, ChainArguments arguments,
                           const Stage& stage)
    : services_(services),
      arguments_(std::move(arguments)),
      stage_(stage),
      node_(attempt.node),
      database_(attempt.database),
      stop_(attempt.stop),
      store_(services.open_store(attempt.stop)),
      cpu_(services.cpu) {}

bool StageAttempt::open_folder() {
  if (auto folder = services_.workspace.try_open(video_id().text())) folder_.emplace(*std::move(folder));
  return folder_.has_value();
}

void StageAttempt::discard_folder() {
  if (folder_) folder_->discard();
}

void StageAttempt::stop_if_asked() const {
  if (stop_.stop_requested()) {
    throw Error(ErrorKind::Cancelled,
                fmt::format("{} \"{}\": stopped", stage_.queue, printable_origin(arguments_.origin)));
  }
}

ProgressListener StageAttempt::progress_listener() {
  return [this](const Progress& progress) { report(progress); };
}

ByteProgress StageAttempt::watching(ProgressThrottle& progress) const {
  return [this, &progress](std::uint64_t bytes_done) {
    stop_if_asked();
    progress.update(static_cast<std::int64_t>(bytes_done));
  };
}

void StageAttempt::report(const Progress& progress) {
  constexpr auto interval = std::chrono::seconds(1);
  const std::lock_guard lock(progress_mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_report_ < interval) return;
  last_report_ = now;
  try {
    catalog::Submissions(database()).set_progress(video_id(), progress);
  } catch (const Error& error) {
    // The work goes on without being watched.
    log(LogLevel::Debug, fmt::format("progress.lost video={} error=\"{}\"", video_id().text(), error.what()));
  }
}

double StageAttempt::wall_seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

catalog::CostEntry StageAttempt::cost() const {
  // "heaters_acquire" is the queue, "acquire" the stage.
  const std::string stage = std::string(stage_.queue).substr(std::string_view("heaters_").size());
  return {video_id().text(),
          stage,
          node_,
          {.store = store_->usage(), .cpu_seconds = cpu_seconds(), .wall_seconds = wall_seconds()}};
}

jobs::Outcome StageAttempt::hand_over(const Stage& next) {
  // Before the next job can be claimed, by this node in the same moment.
  folder_.reset();
  // A file that only machines like this one have, and no copy in the store: only this node's death frees the
  // job.
  constexpr std::chrono::seconds as_long_as_it_lives = std::chrono::days(365);
  const bool is_only_here = !arguments_.source_key && path_of_origin(arguments_.origin);
  return {jobs::Completed{
      {chain_job(next, arguments_, node_, is_only_here ? as_long_as_it_lives : services_.affinity)}}};
}

jobs::Outcome StageAttempt::begin_again() {
  log(LogLevel::Warning,
      fmt::format("chain.begins_again video={} stage={}", video_id().text(), stage_.queue));
  folder_.reset();
  arguments_.source_path.clear();
  jobs::Outcome outcome{
      jobs::Completed{{chain_job(acquire_stage, arguments_, std::nullopt, services_.affinity)}}};
  outcome.record = [id = video_id()](db::Database& database) { catalog::Submissions(database).queued(id); };
  return outcome;
}

std::optional<std::filesystem::path> StageAttempt::find_source() {
  std::error_code code;
  const auto bytes = std::filesystem::file_size(arguments_.source_path, code);
  if (!code && bytes == arguments_.source.bytes) return arguments_.source_path;
  if (!arguments_.source_key) return std::nullopt;
  return services_.workspace.fetch(*store_, *arguments_.source_key, arguments_.source, *folder_);
}

}  // namespace heaters::stages

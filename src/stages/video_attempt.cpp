#include "stages/video_attempt.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "catalog/submissions.h"

namespace heaters::stages {

VideoAttempt::VideoAttempt(StageServices& services, const jobs::Attempt& attempt,
                           const catalog::VideoId& video_id, const Stage& stage)
    : services_(services),
      video_id_(video_id),
      stage_(stage),
      node_(attempt.node),
      database_(attempt.database),
      stop_(attempt.stop),
      store_(services.open_store(attempt.stop)),
      cpu_(services.cpu) {
  // By two clocks, this machine's and the database's.
  // Of a first attempt alone: others waited for what went wrong.
  const auto since = attempt.job.attempt <= 1 ? parse_utc(attempt.job.scheduled_at) : std::nullopt;
  if (since) {
    const std::chrono::duration<double> waited = utc_now() - *since;
    queue_seconds_ = std::max(0.0, waited.count());
  }
}

bool VideoAttempt::open_folder(const std::string& name) {
  if (auto folder = services_.workspace.try_open(name)) folder_.emplace(*std::move(folder));
  return folder_.has_value();
}

void VideoAttempt::discard_folder() {
  if (folder_) folder_->discard();
}

void VideoAttempt::stop_if_asked() const {
  if (stop_.stop_requested()) {
    throw Error(ErrorKind::Cancelled,
                fmt::format("{} of video {}: stopped", stage_.queue, video_id().text()));
  }
}

ProgressListener VideoAttempt::progress_listener() {
  return [this](const Progress& progress) { report(progress); };
}

ByteProgress VideoAttempt::watching(ProgressThrottle& progress) const {
  return [this, &progress](std::uint64_t bytes_done) {
    stop_if_asked();
    progress.update(static_cast<std::int64_t>(bytes_done));
  };
}

void VideoAttempt::report(const Progress& progress) {
  constexpr auto interval = std::chrono::seconds(1);
  const std::lock_guard lock(progress_mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_report_ < interval) return;
  last_report_ = now;
  try {
    catalog::Submissions(database()).set_progress(video_id(), progress);
  } catch (const Error& error) {
    // The work goes on without being watched.
    log(LogLevel::Debug, "progress.lost", {{"video", video_id().text()}, {"error", error.what()}});
  }
}

double VideoAttempt::wall_seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
}

void VideoAttempt::count_frames(std::int64_t decoded, std::int64_t encoded) {
  frames_decoded_ += decoded;
  frames_encoded_ += encoded;
}

catalog::CostEntry VideoAttempt::cost(catalog::AttemptEnd end) const {
  // "heaters_acquire" is the queue, "acquire" the stage.
  const std::string stage = std::string(stage_.queue).substr(std::string_view("heaters_").size());
  return {video_id().text(),
          stage,
          node_,
          {.store = store_->usage(),
           .cpu_seconds = cpu_seconds(),
           .wall_seconds = wall_seconds(),
           .queue_seconds = queue_seconds_,
           .frames_decoded = frames_decoded_,
           .frames_encoded = frames_encoded_},
          end};
}

}  // namespace heaters::stages

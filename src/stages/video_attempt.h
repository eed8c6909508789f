#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/progress.h"
#include "catalog/cost_ledger.h"
#include "catalog/video.h"
#include "jobs/worker.h"
#include "stages/chain.h"
#include "storage/store.h"
#include "storage/workspace.h"

namespace heaters::stages {

// One attempt at a job that works on a video: its connection, its store, its folder, and what it uses. Lives
// until the attempt's end is in the database: it holds the lock on the folder.
class VideoAttempt {
 public:
  VideoAttempt(StageServices& services, const jobs::Attempt& attempt, const catalog::VideoId& video_id,
               const Stage& stage);

  StageServices& services() { return services_; }
  const catalog::VideoId& video_id() const { return video_id_; }
  const std::string& node() const { return node_; }
  db::Database& database() { return database_(); }
  // Its transfers end when a stop is asked for.
  storage::Store& store() { return *store_; }
  // One that works on after a stop.
  std::unique_ptr<storage::Store> open_store_for_clean_up() const { return services_.open_store({}); }
  storage::WorkspaceFolder& folder() { return *folder_; }
  const std::stop_token& stop() const { return stop_; }

  // The folder of that name; false while another attempt, which may have lost its lease, works in it.
  bool open_folder(const std::string& name);
  // Removes the folder, unless it was given up.
  void discard_folder();
  // Leaves it to the next.
  void give_up_folder() { folder_.reset(); }

  // Throws Cancelled when a stop was requested.
  void stop_if_asked() const;

  // Tells the database, about once a second. May be called from several threads.
  ProgressListener progress_listener();
  // Reports the progress of a long read or copy, and ends it when a stop is asked for.
  ByteProgress watching(ProgressThrottle& progress) const;

  // Frames that this attempt decoded, each as often as it did, and encoded.
  void count_frames(std::int64_t decoded, std::int64_t encoded);

  // What this attempt used so far.
  catalog::CostEntry cost(catalog::AttemptEnd end) const;
  double wall_seconds() const;
  double cpu_seconds() const { return cpu_.cpu_seconds(); }

 protected:
  const Stage& stage() const { return stage_; }

 private:
  void report(const Progress& progress);

  StageServices& services_;
  catalog::VideoId video_id_;
  Stage stage_;
  std::string node_;
  std::function<db::Database&()> database_;
  std::stop_token stop_;
  std::unique_ptr<storage::Store> store_;
  std::optional<storage::WorkspaceFolder> folder_;
  CpuAccount::Share cpu_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double queue_seconds_ = 0;
  std::int64_t frames_decoded_ = 0;
  std::int64_t frames_encoded_ = 0;
  std::mutex progress_mutex_;
  std::chrono::steady_clock::time_point last_report_;
};

}  // namespace heaters::stages

#pragma once

#include <chrono>
#include <mutex>

#include "catalog/cost_ledger.h"
#include "catalog/submissions.h"
#include "jobs/worker.h"
#include "stages/chain.h"

namespace heaters::stages {

// One attempt at a stage: what all three need. Made by run_stage(), and alive until the attempt's end is in
// the database: it holds the lock on the video's folder.
class StageAttempt {
 public:
  StageAttempt(StageServices& services, const jobs::Attempt& attempt, ChainArguments arguments,
               const Stage& stage);

  StageServices& services() { return services_; }
  ChainArguments& arguments() { return arguments_; }
  const catalog::VideoId& video_id() const { return *arguments_.video_id; }
  const std::string& node() const { return node_; }
  db::Database& database() { return database_(); }
  // Its transfers end when a stop is asked for.
  storage::Store& store() { return *store_; }
  // One that works on after a stop.
  std::unique_ptr<storage::Store> open_store_for_clean_up() const { return services_.open_store({}); }
  storage::WorkspaceFolder& folder() { return *folder_; }
  const std::stop_token& stop() const { return stop_; }

  // Removes the folder, unless it was given up.
  void discard_folder();

  // False while another attempt, which may have lost its lease, works in the folder.
  bool open_folder();
  // Throws Cancelled when a stop was requested.
  void stop_if_asked() const;

  // Tells the database, about once a second. May be called from several threads.
  ProgressListener progress_listener();
  // Reports the progress of a long read or copy, and ends it when a stop is asked for.
  ByteProgress watching(ProgressThrottle& progress) const;

  // What this attempt used so far.
  catalog::CostEntry cost() const;
  double wall_seconds() const;
  double cpu_seconds() const { return cpu_.cpu_seconds(); }

  // The next job of the chain, on this node. Gives the folder up.
  jobs::Outcome hand_over(const Stage& next);
  // The chain begins again: what earlier stages left on another node is not here. Gives the folder up.
  jobs::Outcome begin_again();
  // The source as a file of this machine: as it was acquired, or from the store; nullopt when it is neither.
  std::optional<std::filesystem::path> find_source();

 private:
  void report(const Progress& progress);

  StageServices& services_;
  ChainArguments arguments_;
  Stage stage_;
  std::string node_;
  std::function<db::Database&()> database_;
  std::stop_token stop_;
  std::unique_ptr<storage::Store> store_;
  std::optional<storage::WorkspaceFolder> folder_;
  CpuAccount::Share cpu_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::mutex progress_mutex_;
  std::chrono::steady_clock::time_point last_report_;
};

// The stages themselves.
jobs::Outcome acquire(const std::shared_ptr<StageAttempt>& attempt);
jobs::Outcome ingest(StageAttempt& attempt);
jobs::Outcome publish(const std::shared_ptr<StageAttempt>& attempt);

}  // namespace heaters::stages

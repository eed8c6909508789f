#pragma once

#include "app/home.h"
#include "jobs/worker.h"
#include "stages/chain.h"
#include "stages/embed_by_model.h"

namespace heaters::app {

// A worker of this process for the chain's queues, as the configuration wants it.
class LocalWorker {
 public:
  struct Options {
    QueueSizes queues;
    std::optional<std::chrono::milliseconds> idle_exit;
    std::optional<std::chrono::milliseconds> shutdown_grace;
    std::optional<int> most_failures;
    std::function<bool(db::Database&)> may_leave;  // when it is idle
  };

  // Borrows the home.
  LocalWorker(Home& home, const Config& config, const Options& options);

  const std::string& node() const { return node_; }
  // As jobs::Worker::run.
  void run(const std::stop_token& stop);

 private:
  std::string node_ = jobs::new_node_name();
  jobs::LocalNodes local_nodes_;
  sidecar::WorkerPool workers_;
  sidecar::WorkerPool encoders_;
  stages::EmbeddingUpkeep embedding_upkeep_;
  stages::StageServices services_;
  std::unique_ptr<jobs::Worker> worker_;
};

}  // namespace heaters::app

#include "app/local_worker.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/python_workers.h"
#include "app/url_fetching.h"
#include "stages/export.h"
#include "stages/upkeep.h"

namespace heaters::app {

LocalWorker::LocalWorker(Home& home, const Config& config, const Options& options)
    : local_nodes_(home.local_nodes()),
      workers_(worker_pool_options(config)),
      encoders_(encoder_pool_options(config)),
      services_{.open_store = [&home](const std::stop_token& stop) { return home.open_store(stop); },
                .workspace = home.workspace(),
                .ingest = config.ingest,
                .affinity = config.jobs.affinity,
                .acquire_timeout = config.jobs.acquire_timeout,
                .ingest_timeout = config.jobs.ingest_timeout,
                .publish_timeout = config.jobs.publish_timeout,
                .export_timeout = config.jobs.export_timeout,
                .embed_timeout = config.jobs.embed_timeout,
                .download = download_options(config),
                .workers = workers_,
                .encoders = encoders_} {
  jobs::WorkerOptions worker{.node = node_};
  for (const auto& [queue, size] : job_queues(options.queues))
    worker.queues.push_back({.name = queue, .max_running = size});
  // As many as it takes for the next stage never to wait, as a rule.
  for (jobs::QueueOptions& queue : worker.queues) {
    queue.feeds = stages::queue_after(queue.name);
    const auto next = std::find_if(worker.queues.begin(), worker.queues.end(),
                                   [&](const auto& each) { return each.name == queue.feeds; });
    if (next != worker.queues.end()) queue.most_ahead = queue.max_running + next->max_running;
  }
  worker.crontab = config.crontab;
  worker.beat_interval = config.jobs.beat;
  worker.node_timeout = config.jobs.node_timeout;
  worker.shutdown_grace = options.shutdown_grace.value_or(config.jobs.shutdown_grace);
  worker.keep_completed = config.jobs.keep_completed;
  worker.keep_failed = config.jobs.keep_failed;
  worker.idle_exit = options.idle_exit;
  worker.may_leave = options.may_leave;
  worker.most_failures = options.most_failures;
  worker.on_upkeep = [this, &home](db::Database& database) {
    stages::fail_abandoned_submissions(database);
    stages::fail_abandoned_exports(database);
    stages::reap_workspace(database, home.workspace());
    embedding_upkeep_.insert_jobs(database);
  };
  auto handlers = stages::chain_handlers(services_);
  handlers.emplace(stages::export_stage.worker, stages::export_handler(services_));
  handlers.emplace(stages::embed_stage.worker, stages::embed_handler(services_));
  worker_ = std::make_unique<jobs::Worker>(
      std::move(worker), std::move(handlers), [&home] { return home.connect(); }, &local_nodes_);
}

void LocalWorker::run(const std::stop_token& stop) {
  worker_->run(stop);
}

}  // namespace heaters::app

#include "app/pool_runner.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "elastic/controller.h"
#include "elastic/process_backend.h"

namespace heaters::app {

namespace {

// The command line of a worker of the pool.
std::vector<std::string> worker_command(const Config& config, const PoolConfig& pool,
                                        const elastic::WorkerRequest& request) {
  std::vector<std::string> command = {std::filesystem::read_symlink("/proc/self/exe").string()};
  if (config.file) command.insert(command.end(), {"--config", config.file->string()});
  command.insert(command.end(),
                 {"worker", "--home", config.home.string(), "--queues", to_text(pool.queues), "--idle-exit",
                  fmt::format("{}ms", pool.idle_exit.count()), "--pool-worker", request.id});
  return command;
}

}  // namespace

PoolRunner::PoolRunner(Home& home, const Config& config) : home_(home), config_(config) {
  for (const PoolConfig& pool : config.pools)
    threads_.emplace_back([this, &pool](const std::stop_token& stop) { control(pool, stop); });
}

PoolRunner::~PoolRunner() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

void PoolRunner::control(const PoolConfig& pool, const std::stop_token& stop) {
  elastic::PoolSettings settings = pool.settings;
  for (const auto& [queue, size] : job_queues(pool.queues)) settings.queues.push_back({queue, size});
  const auto backend = make_backend(pool);
  elastic::PoolController(settings, jobs::new_node_name(), *backend, [this] {
    return home_.connect();
  }).run(stop);
}

std::unique_ptr<elastic::Backend> PoolRunner::make_backend(const PoolConfig& pool) const {
  elastic::ProcessBackend::Options options{.command =
                                               [this, &pool](const elastic::WorkerRequest& request) {
                                                 return worker_command(config_, pool, request);
                                               },
                                           .most_bytes = pool.most_bytes,
                                           .grace = config_.jobs.shutdown_grace + std::chrono::seconds(5)};
  return std::make_unique<elastic::ProcessBackend>(std::move(options));
}

QueueSizes without_pools(QueueSizes queues, const Config& config) {
  for (const PoolConfig& pool : config.pools) {
    if (pool.queues.acquire > 0) queues.acquire = 0;
    if (pool.queues.ingest > 0) queues.ingest = 0;
    if (pool.queues.publish > 0) queues.publish = 0;
    if (pool.queues.export_clips > 0) queues.export_clips = 0;
    if (pool.queues.embed > 0) queues.embed = 0;
  }
  return queues;
}

}  // namespace heaters::app

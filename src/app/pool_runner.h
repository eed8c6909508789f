#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/home.h"
#include "elastic/backend.h"

namespace heaters::app {

// Controls pools, each on a thread of its own, for as long as the object lives; then workers that are child
// processes are stopped.
class PoolRunner {
 public:
  // Borrows home and configuration. Throws InvalidInput saying what a backend lacks.
  PoolRunner(Home& home, const Config& config, std::vector<PoolConfig> pools);
  ~PoolRunner();
  PoolRunner(const PoolRunner&) = delete;
  PoolRunner& operator=(const PoolRunner&) = delete;

 private:
  void control(const PoolConfig& pool, elastic::Backend& backend, const std::stop_token& stop);

  Home& home_;
  const Config& config_;
  const std::vector<PoolConfig> pools_;
  std::vector<std::unique_ptr<elastic::Backend>> backends_;
  std::vector<std::jthread> threads_;  // after what they use
};

// Asks the place of a pool whether it answers, and changes nothing. Throws as PoolRunner and elastic::Backend
// do.
void check_pool_place(const Config& config, const PoolConfig& pool);

// A worker that is a child process of the server, for those of the queues that no pool of the configuration
// works at; nullopt: none is left. One is always there, so that nobody waits for its start.
std::optional<PoolConfig> servers_own_pool(const QueueSizes& queues, const Config& config);

// A worker of the pool that runs now, by its node.
std::optional<std::string> running_node(db::Database& database, const std::string& pool);

}  // namespace heaters::app

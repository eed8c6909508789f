#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "app/home.h"
#include "elastic/backend.h"

namespace heaters::app {

// Controls the pools of the configuration, each on a thread of its own, for as long as the object lives; then
// workers that are child processes are stopped.
class PoolRunner {
 public:
  // Borrows both. Throws InvalidInput saying what a backend lacks.
  PoolRunner(Home& home, const Config& config);
  ~PoolRunner();
  PoolRunner(const PoolRunner&) = delete;
  PoolRunner& operator=(const PoolRunner&) = delete;

  // Without waiting for the end.
  void request_stop();

 private:
  void control(const PoolConfig& pool, elastic::Backend& backend, const std::stop_token& stop);
  std::unique_ptr<elastic::Backend> make_backend(const PoolConfig& pool) const;

  Home& home_;
  const Config& config_;
  std::vector<std::unique_ptr<elastic::Backend>> backends_;
  std::vector<std::jthread> threads_;  // after what they use
};

// Without the queues that pools work at.
QueueSizes without_pools(QueueSizes queues, const Config& config);

}  // namespace heaters::app

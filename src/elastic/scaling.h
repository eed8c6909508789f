#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "elastic/pool_settings.h"

namespace heaters::elastic {

// How many workers a pool should have: clamp(ceil(demand / max_concurrency), min, max), none while it drains
// or when the day's money is spent. `demand` are the jobs of each queue, in the order of the settings.
int target_workers(const std::vector<std::int64_t>& demand, const PoolSettings& settings,
                   const PoolLimits& limits, double spent_today);

// When to start how many. A demand is met when it has lasted for the debounce, so that a job which a running
// worker takes in a moment starts nothing; `min` is met at once. After a worker that did not begin, the wait
// doubles from a second to a minute until one does. Times are of one monotonic clock. Not thread-safe.
class ScaleOut {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ScaleOut(std::chrono::milliseconds debounce) : debounce_(debounce) {}

  // How many to start now; `alive` are those that run or have been asked for.
  int to_start(int target, int min, int alive, Clock::time_point now);

  void on_boot_failure(Clock::time_point now);
  void on_boot() { failures_ = 0; }

 private:
  std::chrono::milliseconds debounce_;
  std::optional<Clock::time_point> short_since_;
  Clock::time_point not_before_;
  int failures_ = 0;
};

}  // namespace heaters::elastic

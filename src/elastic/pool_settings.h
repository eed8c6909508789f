#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace heaters::elastic {

struct PoolQueue {
  std::string name;
  int max_running = 1;  // of its jobs at a time, of one worker
  std::string feeds;    // the queue that its jobs lead to; while that one is paused they are no demand
};

// How many workers there may be, and what each is.
struct PoolSettings {
  std::string name;
  std::string backend = "process";
  std::vector<PoolQueue> queues;  // whose jobs make demand
  int min = 0;                    // workers
  int max = 1;
  // Jobs that one worker is for, whatever their queues. Without it each queue wants as many workers as run
  // its jobs all at a time, and the most wanted decides.
  std::optional<int> max_concurrency;
  std::chrono::milliseconds boot_timeout{30'000};
  std::chrono::milliseconds scale_out_debounce{1'000};
  // A worker that was told to stop and is still there after that is ended.
  std::chrono::milliseconds stop_timeout{30'000};
  // A node silent for so long is dead; where no worker is left to see it, the controller does.
  std::chrono::milliseconds node_timeout{15'000};
  double price_per_hour = 0;     // of a worker, in the currency of the prices
  double spend_cap_per_day = 0;  // 0: none
};

// What operators may change while it runs.
struct PoolLimits {
  int min = 0;
  int max = 0;
  bool is_draining = false;
  bool operator==(const PoolLimits&) const = default;
};

}  // namespace heaters::elastic

#include "base/retry_wait.h"

#include <algorithm>
#include <cstdint>
#include <random>

#include "base/stoppable_wait.h"

namespace heaters {

void wait_before_retry(int failures, std::chrono::milliseconds first, std::chrono::milliseconds longest,
                       const std::stop_token& stop) {
  thread_local std::mt19937 generator{std::random_device{}()};
  constexpr int most_doublings = 20;
  const int doublings = std::clamp(failures - 1, 0, most_doublings);
  const std::int64_t most = std::min<std::int64_t>(first.count() << doublings, longest.count());
  const std::chrono::milliseconds wait(
      std::uniform_int_distribution<std::int64_t>(most / 2, most)(generator));
  wait_unless_stopped(wait, stop);
}

}  // namespace heaters

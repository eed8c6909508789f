#include "elastic/scaling.h"

#include <algorithm>
#include <numeric>

namespace heaters::elastic {

namespace {

std::int64_t workers_for(std::int64_t jobs, int of_each) {
  return (jobs + of_each - 1) / of_each;
}

}  // namespace

int target_workers(const std::vector<std::int64_t>& demand, const PoolSettings& settings,
                   const PoolLimits& limits, double spent_today) {
  if (limits.is_draining) return 0;
  if (settings.spend_cap_per_day > 0 && spent_today >= settings.spend_cap_per_day) return 0;
  std::int64_t wanted = 0;
  if (settings.max_concurrency) {
    wanted = workers_for(std::accumulate(demand.begin(), demand.end(), std::int64_t{0}),
                         *settings.max_concurrency);
  } else {
    for (std::size_t i = 0; i < demand.size(); ++i)
      wanted = std::max(wanted, workers_for(demand[i], settings.queues[i].max_running));
  }
  return static_cast<int>(std::clamp<std::int64_t>(wanted, std::min(limits.min, limits.max), limits.max));
}

int ScaleOut::to_start(int target, int min, int alive, Clock::time_point now) {
  const int missing = target - alive;
  if (missing <= 0) {
    short_since_.reset();
    return 0;
  }
  if (!short_since_) short_since_ = now;
  if (now < not_before_) return 0;
  if (now - *short_since_ >= debounce_) return missing;
  return std::max(0, std::min(min, target) - alive);
}

void ScaleOut::on_boot_failure(Clock::time_point now) {
  constexpr int most_doublings = 6;
  const std::chrono::seconds wait(std::min(60, 1 << std::min(failures_, most_doublings)));
  not_before_ = std::max(not_before_, now + wait);
  ++failures_;
}

}  // namespace heaters::elastic

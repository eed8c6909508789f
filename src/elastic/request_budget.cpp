#include "elastic/request_budget.h"

#include <algorithm>

namespace heaters::elastic {

RequestBudget::Bucket& RequestBudget::refilled(const std::string& kind, Clock::time_point now) {
  Bucket& bucket = buckets_.try_emplace(kind, Bucket{burst_, now}).first->second;
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.tokens = std::min(burst_, bucket.tokens + passed.count() * per_second_);
  bucket.at = now;
  return bucket;
}

bool RequestBudget::take(const std::string& kind, Clock::time_point now) {
  // A full bucket is as good as none: kinds are as many as there are machines.
  if (buckets_.size() > 1000) {
    std::erase_if(buckets_, [&](const auto& each) { return refilled(each.first, now).tokens >= burst_; });
  }
  Bucket& bucket = refilled(kind, now);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

void RequestBudget::exhaust(const std::string& kind, Clock::time_point now) {
  refilled(kind, now).tokens = 0;
}

}  // namespace heaters::elastic

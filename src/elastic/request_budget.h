#pragma once

#include <chrono>
#include <map>
#include <string>

namespace heaters::elastic {

// How many requests of each kind are allowed now: a token bucket per kind. Not thread-safe.
class RequestBudget {
 public:
  using Clock = std::chrono::steady_clock;

  RequestBudget(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // Takes one; false when none is left.
  bool take(const std::string& kind, Clock::time_point now);
  // The other side counts otherwise: none is left for a moment.
  void exhaust(const std::string& kind, Clock::time_point now);

 private:
  struct Bucket {
    double tokens;
    Clock::time_point at;
  };
  Bucket& refilled(const std::string& kind, Clock::time_point now);

  double per_second_;
  double burst_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace heaters::elastic

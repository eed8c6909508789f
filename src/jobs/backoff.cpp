#include "jobs/backoff.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace heaters::jobs {

namespace {
double random_share() {
  thread_local std::mt19937 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}
}  // namespace

std::chrono::seconds retry_backoff(int attempt, int max_attempts, double chance) {
  constexpr int longest_exponent = 20;
  const double exponent = max_attempts <= longest_exponent
                              ? attempt
                              : std::round(static_cast<double>(attempt) / max_attempts * longest_exponent);
  const double base = 15 + std::pow(2.0, std::clamp<double>(exponent, 0, longest_exponent));
  return std::chrono::seconds(static_cast<std::int64_t>(base + std::floor(chance * 0.1 * base)));
}

std::chrono::seconds retry_backoff(int attempt, int max_attempts) {
  return retry_backoff(attempt, max_attempts, random_share());
}

std::chrono::milliseconds reconnect_backoff(int failures) {
  const double base = std::min(5000.0, 100.0 * std::pow(2.0, std::min(failures, 10)));
  return std::chrono::milliseconds(static_cast<std::int64_t>(base * (0.5 + 0.5 * random_share())));
}

}  // namespace heaters::jobs

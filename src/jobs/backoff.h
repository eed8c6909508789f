#pragma once

#include <chrono>

namespace heaters::jobs {

// Oban's default: 15 s plus 2^attempt s, plus up to a tenth of that by chance; with more than 20 attempts the
// exponent is scaled to 20. `chance` is from [0, 1). github.com/oban-bg/oban, Oban.Worker.backoff/1.
std::chrono::seconds retry_backoff(int attempt, int max_attempts, double chance);
std::chrono::seconds retry_backoff(int attempt, int max_attempts);

// For operations that must not be given up while something is away: 100 ms, doubling up to 5 s, with a random
// half.
std::chrono::milliseconds reconnect_backoff(int failures);

}  // namespace heaters::jobs

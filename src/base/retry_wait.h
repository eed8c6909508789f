#pragma once

#include <chrono>
#include <stop_token>

namespace heaters {

// Waits before the next attempt after `failures` (from 1) of them: about `first`, doubled for each further
// failure up to `longest`, with jitter, so that many clients do not come back together. Returns at once when
// a stop is requested.
void wait_before_retry(int failures, std::chrono::milliseconds first, std::chrono::milliseconds longest,
                       const std::stop_token& stop);

}  // namespace heaters

#pragma once

#include <chrono>

namespace heaters {

// What benches take times by.
using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace heaters

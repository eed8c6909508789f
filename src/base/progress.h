#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace heaters {

// How far a stage has come. `expected` is an estimate and 0 when nothing is known.
struct Progress {
  std::string activity;  // "hash", "ingest", "publish"
  std::int64_t done = 0;
  std::int64_t expected = 0;
  std::string unit;       // "frames", "bytes"
  double per_second = 0;  // mean rate since the activity began
  bool finished = false;  // last event of the activity
};

using ProgressListener = std::function<void(const Progress&)>;

// Turns frequent calls into at most a few events a second. Not thread-safe.
class ProgressThrottle {
 public:
  using Clock = std::chrono::steady_clock;

  // `listener` may be empty, then nothing is reported.
  ProgressThrottle(std::string activity, std::string unit, std::int64_t expected, ProgressListener listener,
                   std::function<Clock::time_point()> now = Clock::now);

  void update(std::int64_t done);
  // Always reported.
  void finish(std::int64_t done);

 private:
  void report(std::int64_t done, Clock::time_point now, bool finished);

  Progress progress_;
  ProgressListener listener_;
  std::function<Clock::time_point()> now_;
  Clock::time_point started_;
  Clock::time_point last_report_;
};

}  // namespace heaters

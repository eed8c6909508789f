#include "base/progress.h"

#include <utility>

namespace heaters {

namespace {
constexpr std::chrono::milliseconds interval{200};
}

ProgressThrottle::ProgressThrottle(std::string activity, std::string unit, std::int64_t expected,
                                   ProgressListener listener, std::function<Clock::time_point()> now)
    : listener_(std::move(listener)), now_(std::move(now)), started_(now_()), last_report_(started_) {
  progress_.activity = std::move(activity);
  progress_.unit = std::move(unit);
  progress_.expected = expected;
}

void ProgressThrottle::update(std::int64_t done) {
  if (!listener_) return;
  const auto now = now_();
  if (now - last_report_ >= interval) report(done, now, false);
}

void ProgressThrottle::finish(std::int64_t done) {
  if (listener_) report(done, now_(), true);
}

void ProgressThrottle::report(std::int64_t done, Clock::time_point now, bool finished) {
  last_report_ = now;
  progress_.done = done;
  progress_.finished = finished;
  const double seconds = std::chrono::duration<double>(now - started_).count();
  progress_.per_second = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  listener_(progress_);
}

}  // namespace heaters

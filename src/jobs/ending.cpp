#include "jobs/ending.h"

#include "jobs/backoff.h"

namespace heaters::jobs {

namespace {

struct EndingMaker {
  const Job& job;

  Ending operator()(const Completed&) const { return {.lease = job.lease(), .state = JobState::Completed}; }
  Ending operator()(const Retry& retry) const {
    const bool is_last = job.attempt >= job.max_attempts;
    return {.lease = job.lease(),
            .state = is_last ? JobState::Discarded : JobState::Retryable,
            .error = retry.error,
            .delay = retry.after.value_or(retry_backoff(job.attempt, job.max_attempts))};
  }
  Ending operator()(const Snooze& snooze) const {
    // At once is a hand-back: nothing happened.
    return {.lease = job.lease(),
            .state = snooze.after.count() == 0 ? JobState::Available : JobState::Scheduled,
            .delay = snooze.after};
  }
  Ending operator()(const Cancel& cancel) const {
    return {.lease = job.lease(), .state = JobState::Cancelled, .error = cancel.reason};
  }
};

}  // namespace

Ending ending_of(const Job& job, const Outcome& outcome) {
  return std::visit(EndingMaker{job}, outcome.result);
}

namespace {

Outcome outcome_of_failure(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::InvalidInput:
    case ErrorKind::Unsupported:
    case ErrorKind::Corrupt:
    case ErrorKind::NotFound:
    case ErrorKind::Conflict:
      return {Cancel{error.what()}};
    case ErrorKind::Unavailable:
    case ErrorKind::Exhausted:
    case ErrorKind::Internal:
    case ErrorKind::Cancelled:
      break;
  }
  return {Retry{error.what(), error.retry_after()}};
}

}  // namespace

Outcome outcome_of(const Error& error, StopReason reason) {
  switch (reason) {
    case StopReason::Shutdown:
      return {Snooze{}};
    case StopReason::Cancelled:
      return {Cancel{"cancelled while it ran"}};
    case StopReason::TimedOut:
      return {Retry{std::string("ran longer than it may: ") + error.what()}};
    case StopReason::LeaseLost:
    case StopReason::None:
      break;
  }
  return outcome_of_failure(error);
}

}  // namespace heaters::jobs

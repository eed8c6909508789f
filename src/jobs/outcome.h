#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "db/database.h"
#include "jobs/job.h"

namespace heaters::jobs {

struct Completed {
  std::vector<NewJob> next;
};
struct Retry {
  std::string error;
  // nullopt: Oban's backoff for the attempt. Without attempts left the job is discarded.
  std::optional<std::chrono::seconds> after = std::nullopt;
};
struct Snooze {
  std::chrono::seconds after{0};  // does not count as an attempt
};
struct Cancel {
  std::string reason;
};

// How an attempt ended. `record` is called in the transaction that makes it so, after the job's row was
// changed and before the next jobs are inserted; it may be called again when that transaction has to be
// repeated.
struct Outcome {
  std::variant<Completed, Retry, Snooze, Cancel> result;
  std::function<void(db::Database&)> record;
  // Called once the end is in the database; not when the lease was lost.
  std::function<void()> after;
};

}  // namespace heaters::jobs

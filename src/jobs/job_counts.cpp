#include "jobs/job_counts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time.h"

namespace heaters::jobs {

std::vector<JobCount> count_jobs(db::Database& database, int most) {
  std::vector<JobCount> counts;
  for (const JobState state : {JobState::Available, JobState::Scheduled, JobState::Executing,
                               JobState::Retryable, JobState::Cancelled, JobState::Discarded}) {
    db::Statement select =
        database.prepare(fmt::format("SELECT queue, count(*) FROM (SELECT queue FROM oban_jobs WHERE state = "
                                     "'{}' LIMIT {}) AS found GROUP "
                                     "BY queue ORDER BY queue",
                                     to_string(state), most));
    while (select.step()) counts.push_back({select.text(0), state, select.integer(1)});
  }
  return counts;
}

std::optional<double> waiting_seconds(db::Database& database, const std::string& queue) {
  db::Statement next = database.prepare(
      "SELECT scheduled_at FROM oban_jobs WHERE state = 'available' AND queue = ? ORDER BY priority, "
      "scheduled_at, id LIMIT 1");
  next.bind(queue);
  const auto since = next.step() ? parse_utc(next.text(0)) : std::nullopt;
  if (!since) return std::nullopt;
  const std::chrono::duration<double> waited = utc_now() - *since;
  return std::max(0.0, waited.count());
}

}  // namespace heaters::jobs

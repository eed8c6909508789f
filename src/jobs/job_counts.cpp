#include "jobs/job_counts.h"

#include <fmt/format.h>

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

}  // namespace heaters::jobs

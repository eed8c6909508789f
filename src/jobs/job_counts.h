#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "db/database.h"
#include "jobs/job.h"

namespace heaters::jobs {

struct JobCount {
  std::string queue;
  JobState state = JobState::Available;
  std::int64_t jobs = 0;
  bool operator==(const JobCount&) const = default;
};

// How many jobs there are by queue and state, of all states but Completed, by state and queue. At most `most`
// jobs of a state are counted, so that a long past costs no more than a short one. On the connection's own
// time. Throws Error as db::Database does.
std::vector<JobCount> count_jobs(db::Database& database, int most);

// How long the job that would be taken next from a queue could have run already; nullopt: none waits. By this
// machine's clock.
std::optional<double> waiting_seconds(db::Database& database, const std::string& queue);

}  // namespace heaters::jobs

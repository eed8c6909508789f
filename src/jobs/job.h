#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "base/trace.h"

namespace heaters::jobs {

using JobId = std::int64_t;

// Oban's states. `Suspended` is set by others only; we neither run nor change such jobs.
enum class JobState {
  Available,
  Scheduled,
  Executing,
  Retryable,
  Completed,
  Cancelled,
  Discarded,
  Suspended
};

// Oban's word, e.g. "available".
std::string_view to_string(JobState state);
// nullopt for no state at all.
std::optional<JobState> parse_job_state(std::string_view text);

struct JobError {
  std::string at;  // UTC, ISO 8601
  int attempt = 0;
  std::string error;
};

// What an attempt is known by. A change of a job's row by another lease than the one that holds it is
// refused.
struct Lease {
  JobId id = 0;
  int attempt = 0;
  std::string token;  // of the claim: attempt numbers come again after a snooze
  auto operator<=>(const Lease&) const = default;
};

// A row of the job table. Texts named so hold JSON as it is in the row.
struct Job {
  JobId id = 0;
  JobState state = JobState::Available;
  std::string queue;
  std::string worker;  // names the handler
  std::string args_json;
  std::string meta_json;
  int attempt = 0;
  int max_attempts = 0;
  int priority = 0;                       // 0 first
  std::vector<std::string> attempted_by;  // node and token of the claim
  std::string scheduled_at;               // UTC, ISO 8601, like the times below

  // Filled in when a job is looked at, not when it is claimed.
  std::vector<std::string> tags;
  std::vector<JobError> errors;
  std::string inserted_at;
  std::optional<std::string> attempted_at;
  std::optional<std::string> finished_at;  // completed, cancelled or discarded

  Lease lease() const { return {id, attempt, attempted_by.size() > 1 ? attempted_by[1] : std::string()}; }
};

struct NewJob {
  std::string queue;
  std::string worker;
  std::string args_json = "{}";
  std::string meta_json = "{}";
  std::vector<std::string> tags;
  int priority = 0;
  int max_attempts = 20;
  std::optional<UtcTime> scheduled_at;
  // While a job of the same worker with this key is unfinished, inserting another one does nothing. The
  // database holds this, whoever inserts.
  std::optional<std::string> unique_key;
  // Only this node takes the job until `node_until`, unless it dies.
  std::optional<std::string> node;
  std::optional<UtcTime> node_until;
  std::string trace = current_trace();  // empty: each attempt is one of its own
};

// What a job is part of, as its meta says ("trace_id"); empty: it does not.
std::string trace_of(const Job& job);

// meta as it is stored: with the unique key, the node and the trace in it. Throws InvalidInput when meta_json
// is no object.
std::string stored_meta(const NewJob& job);

}  // namespace heaters::jobs

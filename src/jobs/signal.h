#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "db/database.h"
#include "jobs/job.h"

namespace heaters::jobs {

// What Oban's channels carry, and the elements of a row's errors. Only plain JSON is sent, and only the
// members that Oban knows: an unknown one crashes its producers.

// Sends a payload on the channel ("insert", "signal") when the transaction commits. On SQLite nothing is
// sent: whoever waits watches the database (wakeup.h).
void announce(db::Database& database, const std::string& channel, const std::string& payload);

std::string insert_payload(const std::string& queue);
std::string pause_payload(const std::string& queue, bool is_paused);
std::string scale_payload(const std::string& queue, int max_running);
std::string pkill_payload(JobId id);

// A message on the channel `signal` that this node should heed.
struct Signal {
  enum class Action { Pause, Resume, Scale, Kill };
  Action action;
  std::string queue;  // "*": every one
  int limit = 0;      // Scale
  JobId job_id = 0;   // Kill
};

// nullopt for what is malformed, unknown to us, or meant for another node. Compressed messages are not read:
// Oban compresses from 512 bytes on, signals are shorter.
std::optional<Signal> parse_signal(std::string_view payload, const std::string& node);

// The queue that a message on the channel `insert` names; empty when it is malformed.
std::string parse_insert(std::string_view payload);

// {"at":...,"attempt":...,"error":...}
std::string error_json(int attempt, const std::string& error);
// Reads one; the Lite engine keeps them as strings that hold JSON.
JobError job_error(const Json& element);

}  // namespace heaters::jobs

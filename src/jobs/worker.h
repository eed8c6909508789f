#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "db/database.h"
#include "jobs/crontab.h"
#include "jobs/node.h"
#include "jobs/outcome.h"

namespace heaters::jobs {

struct QueueOptions {
  std::string name;
  int max_running = 1;  // jobs at the same time on this node
  // Jobs so cheap to repeat that they are taken and completed many at a time, in one transaction each time:
  // `max_running` threads do so. Such a job looks available until it is completed, and is run again when the
  // process dies in between. Jobs of other queues hold their place until their end is on disk.
  bool is_cheap = false;
  // Jobs of this queue lead to jobs of that one, meant for the same node: while `most_ahead` of those wait
  // for this node, which works at that queue too, it begins none. What is prepared far ahead takes space, and
  // is done again elsewhere when the node dies. Empty: none.
  std::string feeds;
  int most_ahead = 1;
};

struct WorkerOptions {
  std::string node;  // from new_node_name()
  std::vector<QueueOptions> queues;
  std::vector<CronEntry> crontab;
  std::chrono::milliseconds beat_interval{2'000};
  // A node that was not seen for so long is dead, and its jobs are given to others.
  std::chrono::milliseconds node_timeout{15'000};
  // How often to look without having been told, and to do what any node may do for all.
  std::chrono::milliseconds poll_interval{1'000};
  std::function<UtcTime()> now = utc_now;  // of the crontab
  // Jobs that still run so long after a stop are told to stop; they go back without having used an attempt.
  std::chrono::milliseconds shutdown_grace{15'000};
  std::chrono::seconds keep_completed{86'400};
  std::chrono::seconds keep_failed{14 * 86'400};
  // Called about every twenty seconds on the caller's connection, for what else any node may do for all.
  std::function<void(db::Database&)> on_upkeep;
  // Throws what the database threw so many times in a row; nullopt: waits for it for ever.
  std::optional<int> most_failures;
  // Ends run() when there was nothing to do for so long, and ...
  std::optional<std::chrono::milliseconds> idle_exit;
  // ... this, when given, says that it may; asked again after as long a time, a second at least. On the
  // caller's connection.
  std::function<bool(db::Database&)> may_leave;
};

// One attempt at a job, as its handler sees it. Lives as long as the call.
struct Attempt {
  const Job& job;
  const std::string& node;
  // A connection of this thread's own, made at the first call.
  std::function<db::Database&()> database;
  // Requested when the job is cancelled, has run too long, or was given to another node, and at shutdown.
  std::stop_token stop;
  // The outcome that an exception stands for, as it would be had the handler let it through.
  std::function<Outcome(const Error&)> outcome_of;
};

// Runs an attempt. An exception is an outcome too: Retry for what may pass (Unavailable, Exhausted,
// Internal), Cancel for what will not, and neither when the database went away meanwhile or the worker stops:
// then the job goes back without having used an attempt.
struct Handler {
  std::function<Outcome(const Attempt&)> run;
  std::optional<std::chrono::milliseconds> timeout;
};

// Claims jobs and runs them, on a thread per running job, while one more thread, the caller's, talks to the
// database: it claims, writes how attempts ended, says that this node lives, and does what any node may do
// for all: wakes scheduled jobs, rescues those of dead nodes, inserts what the crontab says, prunes. A
// database that is away is waited for; no end of an attempt is dropped meanwhile.
class Worker {
 public:
  using Connect = std::function<std::unique_ptr<db::Database>()>;

  // `handlers` by the worker's name in the job; `local_nodes` may be null.
  Worker(WorkerOptions options, std::map<std::string, Handler> handlers, Connect connect,
         const LocalNodes* local_nodes);
  ~Worker();

  // Until a stop is requested and everything has ended, or until idle_exit.
  void run(const std::stop_token& stop);

 private:
  class Dispatcher;
  WorkerOptions options_;
  std::map<std::string, Handler> handlers_;
  Connect connect_;
  const LocalNodes* local_nodes_;
};

}  // namespace heaters::jobs

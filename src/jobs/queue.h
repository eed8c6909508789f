#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "db/database.h"
#include "jobs/job.h"

namespace heaters::jobs {

struct Insertion {
  JobId id = 0;
  bool is_conflict = false;  // an unfinished job has the same unique key: `id` is that one's
};

// The end of an attempt, as it is written.
struct Ending {
  Lease lease;
  JobState state = JobState::Completed;  // Completed, Retryable, Discarded, Cancelled, Scheduled, Available
  std::string error;                     // becomes an element of the row's errors; empty: none
  std::chrono::seconds delay{0};         // Retryable, Scheduled
  // Scheduled and Available do not count as attempts.
};

enum class Finish {
  Written,
  WrittenBefore,  // by a transaction of this attempt whose answer was lost
  LeaseLost       // nothing was written
};

struct JobFilter {
  std::optional<JobState> state;
  std::string queue;  // empty: all
  int limit = 100;
};

// The rows of the job table, which is Oban's own. Borrows a connection; every operation works in the
// transaction that is open on it, or is one by itself. Not thread-safe. Throws Error as db::Database does.
// One contract test suite holds for all implementations.
class Queue {
 public:
  virtual ~Queue() = default;

  // In the order given. Workers hear of it when the transaction commits.
  virtual std::vector<Insertion> insert(std::span<const NewJob> jobs) = 0;

  // Takes up to `limit` jobs for `node`, by priority, time and id, and starts an attempt of each.
  virtual std::vector<Job> claim(const std::string& queue, int limit, const std::string& node) = 0;

  // Writes how attempts of `node` ended; what became of each, in the order given.
  virtual std::vector<Finish> finish(std::span<const Ending> endings, const std::string& node) = 0;

  // Jobs whose repetition is cheap, all in the transaction that is open: takes up to `limit` by locking their
  // rows, which frees them again should the process die, and ...
  virtual std::vector<Job> lock(const std::string& queue, int limit, const std::string& node) = 0;
  // ... writes that they were attempted by `node` and completed, or
  virtual void complete_locked(std::span<const JobId> ids, const std::string& node) = 0;
  // ... that the attempt began, for those that finish() must end otherwise.
  virtual void start_locked(std::span<const Job> jobs, const std::string& node) = 0;

  // Says that the attempts go on, so that nobody's rescuer takes them; returns those that are no longer held.
  virtual std::vector<Lease> refresh(std::span<const Lease> leases, const std::string& node) = 0;

  // Jobs in `queues` that `node` has claimed without knowing, since the answer got lost, are given back.
  // `held` is what it knows of. Returns how many.
  virtual int give_back_unknown(const std::vector<std::string>& queues, std::span<const Lease> held,
                                const std::string& node) = 0;

  // Gives a job that runs, and that another program inserted, new args and a unique key, so that its next
  // attempt has them. False when the lease is lost.
  virtual bool adopt(const Lease& lease, const std::string& node, const std::string& args_json,
                     const std::string& unique_key) = 0;

  // Replaces the args of all jobs with this unique key by what `rewrite` makes of them.
  virtual void rewrite_args(const std::string& unique_key,
                            const std::function<std::string(const std::string&)>& rewrite) = 0;

  // The node is dead: the jobs it was running say so, by `cause`, in their errors. They are rescued when the
  // node has no row any more.
  virtual void note_death(const std::string& node, const std::string& cause) = 0;

  // Jobs in `queues` that nodes without a row were running become available, or are discarded when they have
  // no attempts left; from the third time on a job waits before that, a second, then twice as long each time
  // up to a minute, so that one whose nodes die again and again does not stand before all others. Jobs that
  // were meant for such nodes are for anybody. Returns how many were not discarded.
  virtual int rescue(const std::vector<std::string>& queues) = 0;

  // Scheduled and retryable jobs whose time has come become available. Returns how many.
  virtual int stage(const std::vector<std::string>& queues) = 0;
  // Deletes jobs that ended longer ago. Returns how many.
  virtual int prune(const std::vector<std::string>& queues, std::chrono::seconds completed_age,
                    std::chrono::seconds failed_age, int limit) = 0;

  virtual std::optional<Job> find(JobId id) = 0;
  // The job that was inserted with the unique key: an unfinished one if there is any, or the newest.
  virtual std::optional<Job> latest(const std::string& unique_key) = 0;
  // Of these keys those that no job has, but for completed ones: nobody is at it, nobody gave it up.
  virtual std::vector<std::string> without_job(std::span<const std::string> unique_keys) = 0;
  // Newest first.
  virtual std::vector<Job> list(const JobFilter& filter) = 0;
  // Jobs of the queues that `node` may take now, or when their time comes within `horizon`.
  virtual std::int64_t waiting(const std::vector<std::string>& queues, std::chrono::seconds horizon,
                               const std::string& node) = 0;

  // Available jobs of the queue that are meant for the node; at most `most` are counted.
  virtual int meant_for(const std::string& queue, const std::string& node, int most) = 0;

  // False when the job has ended already. A job that runs is told to stop.
  virtual bool cancel(JobId id) = 0;
  // Makes a job that is neither available nor executing available; false when it is one of these.
  virtual bool retry(JobId id) = 0;
};

// The implementation for the database; creates the job table where it is missing. The database must have our
// migrations.
std::unique_ptr<Queue> make_queue(db::Database& database);

}  // namespace heaters::jobs

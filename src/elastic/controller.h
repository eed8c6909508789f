#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "elastic/backend.h"
#include "elastic/pools.h"
#include "elastic/scaling.h"

namespace heaters::elastic {

// Keeps a pool at the size that its jobs want. Of many that run for one pool only one acts, by a lease in the
// database; another takes over within seconds when it dies. What is there and what the rows say are brought
// together at every look: workers that are gone are ended with their cause, which their jobs get too, those
// nobody knows of are removed, those that do not begin in time as well, and `min` is restored. Jobs are not
// handed to workers: these take them from the job table, so that nothing is lost with a controller.
class PoolController {
 public:
  using Connect = std::function<std::unique_ptr<db::Database>()>;
  using Clock = ScaleOut::Clock;

  // Borrows the backend. `name` is this controller's among all.
  PoolController(PoolSettings settings, std::string name, Backend& backend, Connect connect);

  // Looks every half second until a stop is requested; then workers that would not outlive this process are
  // shut down. A database that is away is waited for.
  void run(const std::stop_token& stop);

  // One look. False when another controller has the lease.
  bool look(db::Database& database, Clock::time_point now);

 private:
  // Of the workers that are not at an end.
  struct Present {
    std::vector<PoolWorker> working;  // starting or running, the oldest first
    int stopping = 0;
  };

  void note_ended(db::Database& database, Clock::time_point now);
  bool is_of(const Instance& instance, const PoolWorker& worker) const;
  const Instance* instance_of(const PoolWorker& worker) const;
  bool lead(db::Database& database) const;
  // When it is another one, or was not written for long.
  void write_report(Pools& pools, const PoolReport& report);
  bool see(db::Database& database, Clock::time_point now);
  void forget_the_dead(db::Database& database, Clock::time_point now);
  Present settle(db::Database& database, Clock::time_point now, bool sees);
  void remove_unknown(const std::vector<PoolWorker>& known, Clock::time_point now);
  void remove(const Instance& worker);
  std::string not_begun(const Instance* instance) const;
  void end(db::Database& database, const PoolWorker& worker, const std::string& cause, Clock::time_point now);
  void start(db::Database& database, int count, Clock::time_point now);

  const PoolSettings settings_;
  const std::string name_;
  Backend& backend_;
  Connect connect_;
  ScaleOut scale_out_;
  std::string note_;                 // the newest trouble, until a worker begins
  std::vector<Instance> instances_;  // of the newest look
  std::vector<Instance> ended_;      // not written yet
  std::map<std::string, Clock::time_point> unknown_since_;
  std::set<std::string> begun_;  // workers whose beginning was seen
  PoolReport reported_;
  Clock::time_point reported_at_;
  std::int64_t looks_ = 0;
  int failures_ = 0;  // looks in a row that saw nothing
  Clock::time_point leads_not_before_;
  Clock::time_point last_look_;
  Clock::time_point steady_since_;
};

}  // namespace heaters::elastic

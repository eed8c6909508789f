#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "elastic/pool_settings.h"

namespace heaters::elastic {

enum class WorkerState { Starting, Running, Stopping, Ended };
std::string_view to_string(WorkerState state);

struct PoolWorker {
  std::string id;
  std::string pool;
  std::string place;
  std::string node;  // empty: has not begun
  WorkerState state = WorkerState::Starting;
  std::string cause;         // of its end
  std::string requested_at;  // ISO 8601
  std::string started_at;    // empty: not yet
  std::string ended_at;
  double age_seconds = 0;       // since it was requested
  double stopping_seconds = 0;  // since it was told to stop
  bool is_seen = false;         // its node lives
};

// What the last look showed, for people.
struct PoolReport {
  std::string backend;
  std::string queues;
  PoolLimits limits;
  std::int64_t demand = 0;
  int target = 0;
  double spent_today = 0;
  std::string note;
  bool operator==(const PoolReport&) const = default;
};

struct Pool {
  std::string name;
  PoolReport report;
  std::string controller;  // empty: nobody
  int starting = 0;
  int running = 0;
  int stopping = 0;
};

// The rows of pools and their workers, by the database's clock. Borrows a connection. Not thread-safe. Throws
// Error as db::Database does.
class Pools {
 public:
  explicit Pools(db::Database& database) : database_(database) {}

  // Becomes or stays the one that may start and stop workers; false when another is.
  bool lead(const std::string& pool, const std::string& controller, std::chrono::milliseconds lease);
  void resign(const std::string& pool, const std::string& controller);

  PoolLimits limits(const PoolSettings& settings);
  void report(const std::string& pool, const PoolReport& report);
  // Of each queue, the jobs that the pool's workers run and those that wait for a worker; of the latter no
  // more are counted than could make a difference.
  std::vector<std::int64_t> demand(const PoolSettings& settings);
  double hours_today(const std::string& pool);  // of all its workers, since midnight UTC

  void request(const std::string& id, const std::string& pool, const std::string& backend);
  void placed(const std::string& id, const std::string& place);
  void withdraw(const std::string& id);  // it was not started
  // All that are not at an end.
  std::vector<PoolWorker> alive(const std::string& pool);
  void tell_to_stop(const std::string& id);
  // False when it was at an end already. Its node, if it had one, is dead.
  bool end(const std::string& id, const std::string& cause);

  // For operators. Throws NotFound when no pool of that name was ever run.
  std::vector<Pool> list();
  void set(const std::string& pool, std::optional<int> min, std::optional<int> max);
  void drain(const std::string& pool, bool is_draining);
  // Those that ended, the newest first.
  std::vector<PoolWorker> history(const std::string& pool, int limit);
  int forget_ended(std::chrono::hours age);
  // Of pools that nobody controls any more: workers that were child processes and whose nodes are gone are at
  // their end, and pools without workers are forgotten after that age, but for what operators set.
  void forget_abandoned(std::chrono::hours age);

  // The id of the worker that is to begin at a place.
  std::optional<std::string> starting_at(const std::string& place);

  // For a worker of a pool. False when it is not wanted any more.
  bool begin(const std::string& id, const std::string& node);
  bool is_told_to_stop(const std::string& id);
  // An idle worker may leave unless it is one of `min`; then it is at its end.
  bool leave(const std::string& id);

 private:
  void require(const std::string& pool);

  db::Database& database_;
};

}  // namespace heaters::elastic

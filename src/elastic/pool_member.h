#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "db/database.h"

namespace heaters::elastic {

// A worker that a pool asked for, as it sees itself: says that it has begun and is at its end, and hears once
// a second whether it is to stop, wherever it runs.
class PoolMember {
 public:
  using Connect = std::function<std::unique_ptr<db::Database>()>;

  // Begins by the caller's connection. Throws Conflict when the pool does not want it any more. `on_stop` is
  // called on a thread of its own, once.
  PoolMember(std::string id, const std::string& node, db::Database& database, Connect connect,
             std::function<void()> on_stop);
  // At its end: not before the worker has ended all jobs.
  ~PoolMember();
  PoolMember(const PoolMember&) = delete;
  PoolMember& operator=(const PoolMember&) = delete;

  // Whether it may end now that it is idle; then it is at its end. Uses the caller's connection.
  bool leave(db::Database& database) const;

 private:
  void listen(const std::stop_token& stop);

  const std::string id_;
  Connect connect_;
  std::function<void()> on_stop_;
  std::jthread thread_;
};

// The id of the worker that a pool started at a place. The pool knows the place a moment later than the place
// has the worker: it is waited for. Throws Conflict when there is none.
std::string wait_for_worker_at(db::Database& database, const std::string& place, const std::stop_token& stop);

}  // namespace heaters::elastic

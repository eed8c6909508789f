#include "elastic/pool_member.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "base/stoppable_wait.h"
#include "elastic/pools.h"
#include "jobs/nodes.h"

namespace heaters::elastic {

PoolMember::PoolMember(std::string id, const std::string& node, db::Database& database, Connect connect,
                       std::function<void()> on_stop)
    : id_(std::move(id)), connect_(std::move(connect)), on_stop_(std::move(on_stop)) {
  // Before it has begun: who has, and has no row there, is dead.
  jobs::Nodes(database).beat(node);
  if (!Pools(database).begin(id_, node)) {
    jobs::Nodes(database).forget(node);
    throw Error(ErrorKind::Conflict,
                fmt::format("begin as worker {}: its pool does not want it any more", id_));
  }
  thread_ = std::jthread([this](const std::stop_token& stop) { listen(stop); });
}

PoolMember::~PoolMember() {
  thread_.request_stop();
  try {
    const auto database = connect_();
    Pools(*database).end(id_, "stopped");
  } catch (const std::exception& exception) {
    log(LogLevel::Warning, "pool.end_not_written", {{"worker", id_}, {"error", to_error(exception).what()}});
  }
}

bool PoolMember::leave(db::Database& database) const {
  return Pools(database).leave(id_);
}

void PoolMember::listen(const std::stop_token& stop) {
  using namespace std::chrono_literals;
  std::unique_ptr<db::Database> database;
  // It was wanted a moment ago, when it began; what comes first is its first job, by connections of its own.
  wait_unless_stopped(1s, stop);
  while (!stop.stop_requested()) {
    try {
      if (!database) database = connect_();
      if (Pools(*database).is_told_to_stop(id_)) return on_stop_();
    } catch (const std::exception& exception) {
      log(LogLevel::Debug, "pool.member_waits", {{"worker", id_}, {"error", to_error(exception).what()}});
    }
    wait_unless_stopped(1s, stop);
  }
}

std::string wait_for_worker_at(db::Database& database, const std::string& place,
                               const std::stop_token& stop) {
  using namespace std::chrono_literals;
  constexpr auto longest = 20s;
  const auto deadline = std::chrono::steady_clock::now() + longest;
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < deadline) {
    if (auto id = Pools(database).starting_at(place)) return *std::move(id);
    wait_unless_stopped(100ms, stop);
  }
  throw Error(ErrorKind::Conflict,
              fmt::format("begin as a worker at {}: no pool has started one there", place));
}

}  // namespace heaters::elastic

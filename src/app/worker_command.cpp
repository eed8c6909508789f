#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "app/commands.h"
#include "app/local_worker.h"
#include "base/error.h"
#include "base/log.h"
#include "elastic/pool_member.h"

namespace heaters::app {

namespace {

// Which worker of a pool this is; empty: of none.
std::string pool_worker_id(Home& home, const WorkerArguments& arguments, const std::stop_token& stop) {
  if (arguments.pool_place_variable.empty()) return arguments.pool_worker;
  const char* const place = std::getenv(arguments.pool_place_variable.c_str());
  if (place == nullptr || *place == '\0') {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("find the place of this worker: there is no {}", arguments.pool_place_variable));
  }
  return elastic::wait_for_worker_at(*home.database, place, stop);
}

// Until it is told to stop, by the pool that it is of too, or is idle for long enough.
void run(Home& home, const Config& config, const WorkerArguments& arguments, const QueueSizes& queues,
         const std::stop_token& stop) {
  std::stop_source all;
  const std::stop_callback forward(stop, [&all] { all.request_stop(); });
  std::optional<elastic::PoolMember> member;
  LocalWorker::Options options{.queues = queues, .idle_exit = arguments.idle_exit};
  const std::string id = pool_worker_id(home, arguments, stop);
  if (!id.empty()) options.may_leave = [&member](db::Database& database) { return member->leave(database); };
  LocalWorker worker(home, config, options);
  if (!id.empty()) {
    member.emplace(
        id, worker.node(), *home.database, [&home] { return home.connect(); },
        [&all] { all.request_stop(); });
  }
  log(LogLevel::Info, "worker.started",
      {{"node", worker.node()}, {"queues", to_text(queues)}, {"store", home.store->name()}});
  worker.run(all.get_token());
  log(LogLevel::Info, "worker.stopped", {{"node", worker.node()}});
}

}  // namespace

int run_worker(const Config& config, const WorkerArguments& arguments, const std::stop_token& stop) {
  const QueueSizes queues = arguments.queues.empty() ? config.queues : parse_queue_sizes(arguments.queues);
  const auto home = Home::create_for_worker(config);
  run(*home, config, arguments, queues, stop);
  return 0;
}

}  // namespace heaters::app

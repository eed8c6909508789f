#include <fmt/format.h>

#include "app/commands.h"
#include "app/local_worker.h"
#include "base/log.h"

namespace heaters::app {

int run_worker(const Config& config, const WorkerArguments& arguments, const std::stop_token& stop) {
  const QueueSizes queues = arguments.queues.empty() ? config.queues : parse_queue_sizes(arguments.queues);
  const auto home = Home::create(config);
  LocalWorker worker(*home, config, {.queues = queues, .idle_exit = arguments.idle_exit});
  log(LogLevel::Info,
      fmt::format("worker.started node={} acquire={} ingest={} publish={} export={} embed={} store={}",
                  worker.node(), queues.acquire, queues.ingest, queues.publish, queues.export_clips,
                  queues.embed, home->store->name()));
  worker.run(stop);
  log(LogLevel::Info, fmt::format("worker.stopped node={}", worker.node()));
  return 0;
}

}  // namespace heaters::app

#include "jobs/worker.h"

#include "jobs/dispatcher.h"

namespace heaters::jobs {

Worker::Worker(WorkerOptions options, std::map<std::string, Handler> handlers, Connect connect,
               const LocalNodes* local_nodes)
    : options_(std::move(options)),
      handlers_(std::move(handlers)),
      connect_(std::move(connect)),
      local_nodes_(local_nodes) {}

Worker::~Worker() = default;

void Worker::run(const std::stop_token& stop) {
  Dispatcher(*this).run(stop);
}

}  // namespace heaters::jobs

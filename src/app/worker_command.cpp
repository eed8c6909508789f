#include <fmt/format.h>

#include <charconv>
#include <sstream>

#include "app/commands.h"
#include "app/local_worker.h"
#include "base/error.h"
#include "base/log.h"

namespace heaters::app {

namespace {

// "acquire=4,ingest=1": queues that are not named do not run here.
QueueSizes parse_queues(const std::string& text) {
  QueueSizes sizes{0, 0, 0};
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto equals = part.find('=');
    const std::string name = part.substr(0, equals);
    int size = 1;
    if (equals != std::string::npos) {
      const char* end = part.data() + part.size();
      const auto [stop, error] = std::from_chars(part.data() + equals + 1, end, size);
      if (error != std::errc() || stop != end || size < 0 || size > 1000) size = -1;
    }
    int* const target = name == "acquire"   ? &sizes.acquire
                        : name == "ingest"  ? &sizes.ingest
                        : name == "publish" ? &sizes.publish
                                            : nullptr;
    if (target == nullptr || size < 0) {
      throw Error(
          ErrorKind::InvalidInput,
          fmt::format("read --queues: \"{}\" is not acquire, ingest or publish with a number from 0 to 1000",
                      part));
    }
    *target = size;
  }
  return sizes;
}

}  // namespace

int run_worker(const Config& config, const WorkerArguments& arguments, const std::stop_token& stop) {
  const QueueSizes queues = arguments.queues.empty() ? config.queues : parse_queues(arguments.queues);
  const auto home = Home::create(config);
  LocalWorker worker(*home, config, {.queues = queues, .idle_exit = arguments.idle_exit});
  log(LogLevel::Info,
      fmt::format("worker.started node={} acquire={} ingest={} publish={} store={}", worker.node(),
                  queues.acquire, queues.ingest, queues.publish, home->store->name()));
  worker.run(stop);
  log(LogLevel::Info, fmt::format("worker.stopped node={}", worker.node()));
  return 0;
}

}  // namespace heaters::app

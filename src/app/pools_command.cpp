#include <fmt/format.h>

#include <chrono>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "app/pool_runner.h"
#include "base/error.h"
#include "base/json.h"
#include "base/stoppable_wait.h"
#include "base/utf8.h"
#include "documents/pool_document.h"
#include "elastic/pools.h"

namespace heaters::app {

namespace {

constexpr int most_history = 50;

}  // namespace

int run_pools_list(const Config& config, const PoolsArguments& arguments) {
  const auto home = Home::open(config);
  elastic::Pools pools(*home->database);
  if (arguments.json) {
    Json list = Json::array();
    for (const elastic::Pool& pool : pools.list())
      list.push_back(
          documents::pool_json(pool, pools.alive(pool.name), pools.history(pool.name, most_history)));
    print_json(list, 2);
    return 0;
  }
  std::string text;
  for (const elastic::Pool& pool : pools.list()) {
    const elastic::PoolReport& report = pool.report;
    text += fmt::format(
        "{:<16} {:<8} {}..{}  demand {}  target {}  starting {}  running {}  stopping {}{}{}\n", pool.name,
        report.backend, report.limits.min, report.limits.max, report.demand, report.target, pool.starting,
        pool.running, pool.stopping, report.limits.is_draining ? "  draining" : "",
        pool.controller.empty() ? "  nobody controls it" : "");
    if (!report.note.empty()) text += fmt::format("  {}\n", printable(report.note));
  }
  print(text);
  return 0;
}

int run_pools_set(const Config& config, const PoolsArguments& arguments) {
  if (arguments.min && arguments.max && *arguments.min > *arguments.max)
    throw Error(ErrorKind::InvalidInput,
                fmt::format("set pool \"{}\": --min is more than --max", arguments.name));
  const auto home = Home::open(config);
  elastic::Pools(*home->database).set(arguments.name, arguments.min, arguments.max);
  return 0;
}

int run_pools_drain(const Config& config, const PoolsArguments& arguments, const std::stop_token& stop) {
  const auto home = Home::open(config);
  elastic::Pools pools(*home->database);
  pools.drain(arguments.name, !arguments.resumes);
  if (arguments.resumes || !arguments.waits) return 0;
  while (!pools.alive(arguments.name).empty()) {
    wait_unless_stopped(std::chrono::milliseconds(200), stop);
    if (stop.stop_requested())
      throw Error(ErrorKind::Cancelled, fmt::format("drain pool \"{}\": stopped waiting", arguments.name));
  }
  return 0;
}

int run_pools_run(const Config& config, const std::stop_token& stop) {
  if (config.pools.empty())
    throw Error(ErrorKind::InvalidInput, "run pools: the configuration has none ([pools.NAME])");
  const auto home = Home::create(config);
  const PoolRunner runner(*home, config, config.pools);
  wait_until_stopped(stop);
  return 0;
}

}  // namespace heaters::app

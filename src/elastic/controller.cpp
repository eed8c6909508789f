#include "elastic/controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "base/stoppable_wait.h"
#include "jobs/nodes.h"
#include "jobs/queue.h"

namespace heaters::elastic {

namespace {

using namespace std::chrono_literals;

constexpr auto look_interval = 500ms;
constexpr auto short_lease = 5s;
// Where workers are asked for over a network: a request may take most of it.
constexpr auto long_lease = 20s;
// Of looks that failed; then another controller may have better luck, for as long.
constexpr int most_failures = 20;
constexpr auto time_to_recover = 30s;
// A worker says in the database that it is at its end, and is gone a moment later.
constexpr auto time_to_vanish = 5s;
// A request that got no answer was done, or never will be.
constexpr auto time_to_answer = 15s;
constexpr std::chrono::hours history_age{7 * 24};
constexpr std::int64_t looks_an_hour = 3600s / look_interval;

std::string joined(const std::vector<PoolQueue>& queues) {
  std::string list;
  for (const PoolQueue& queue : queues)
    list += fmt::format("{}{}={}", list.empty() ? "" : ",", queue.name, queue.max_running);
  return list;
}

}  // namespace

PoolController::PoolController(PoolSettings settings, std::string name, Backend& backend, Connect connect)
    : settings_(std::move(settings)),
      name_(std::move(name)),
      backend_(backend),
      connect_(std::move(connect)),
      scale_out_(settings_.scale_out_debounce) {}

void PoolController::run(const std::stop_token& stop) {
  std::unique_ptr<db::Database> database;
  const auto attempt = [&](const auto& action) {
    try {
      if (!database) database = connect_();
      action();
    } catch (const std::exception& exception) {
      log(LogLevel::Warning, "pool.waits", {{"pool", settings_.name}, {"error", to_error(exception).what()}});
    }
  };
  // Demand changes nothing: whether its workers are there can be seen less often, for each look waits for the
  // disk.
  const bool is_fixed = backend_.runs_here() && settings_.min == settings_.max;
  while (!stop.stop_requested()) {
    attempt([&] { look(*database, Clock::now()); });
    wait_unless_stopped(is_fixed ? look_interval * 4 : look_interval, stop);
  }
  backend_.shut_down();
  attempt([&] {
    note_ended(*database, Clock::now());
    Pools(*database).resign(settings_.name, name_);
  });
}

bool PoolController::is_of(const Instance& instance, const PoolWorker& worker) const {
  if (instance.id == worker.id) return true;
  return backend_.reuses_places() && !worker.place.empty() && instance.place == worker.place;
}

bool PoolController::lead(db::Database& database) const {
  return Pools(database).lead(settings_.name, name_, backend_.runs_here() ? short_lease : long_lease);
}

void PoolController::write_report(Pools& pools, const PoolReport& report) {
  constexpr auto longest_silence = 10s;
  const auto now = Clock::now();
  if (report == reported_ && now - reported_at_ < longest_silence) return;
  pools.report(settings_.name, report);
  reported_ = report;
  reported_at_ = now;
}

// Without a view of what is there nothing is started or removed, but limits hold: to stop, workers need no
// more than their rows.
bool PoolController::see(db::Database& database, Clock::time_point now) {
  try {
    note_ended(database, now);
    failures_ = 0;
    return true;
  } catch (const Error& error) {
    if (!database.is_connected()) throw;
    if (note_ != error.what())
      log(LogLevel::Warning, "pool.sees_nothing", {{"pool", settings_.name}, {"error", error.what()}});
    note_ = error.what();
    ++failures_;
    return false;
  }
}

// Only who has looked for as long without a gap can tell that a node was silent, not the database.
void PoolController::forget_the_dead(db::Database& database, Clock::time_point now) {
  if (now - last_look_ > settings_.node_timeout / 2) steady_since_ = now;
  last_look_ = now;
  if (now - steady_since_ > settings_.node_timeout)
    jobs::Nodes(database).forget_silent(settings_.node_timeout);
}

bool PoolController::look(db::Database& database, Clock::time_point now) {
  if (now < leads_not_before_) return false;
  const auto began = Clock::now();
  const bool leads = lead(database);
  if (!leads) {
    if (backend_.runs_here()) note_ended(database, now);
    return false;
  }
  const bool sees = see(database, now);
  Pools pools(database);
  if (failures_ >= most_failures) {
    failures_ = 0;
    leads_not_before_ = now + time_to_recover;
    pools.resign(settings_.name, name_);
    return false;
  }
  // The look may have taken longer than the lease.
  if (Clock::now() - began > short_lease / 2 && !lead(database)) return false;
  if (looks_++ % looks_an_hour == 0) {
    pools.forget_ended(history_age);
    pools.forget_abandoned(history_age);
  }
  forget_the_dead(database, now);
  const std::vector<std::int64_t> demand = pools.demand(settings_);
  PoolReport report{.backend = settings_.backend,
                    .queues = joined(settings_.queues),
                    .limits = pools.limits(settings_),
                    .demand = std::accumulate(demand.begin(), demand.end(), std::int64_t{0}),
                    .spent_today = pools.hours_today(settings_.name) * settings_.price_per_hour};
  report.target = target_workers(demand, settings_, report.limits, report.spent_today);
  const bool is_spent = settings_.spend_cap_per_day > 0 && report.spent_today >= settings_.spend_cap_per_day;
  const int most = report.limits.is_draining || is_spent ? 0 : report.limits.max;

  Present present = settle(database, now, sees);
  // Workers leave by themselves when they are idle; only what is too much is told to.
  for (; static_cast<int>(present.working.size()) > most; present.working.pop_back()) {
    pools.tell_to_stop(present.working.back().id);
    ++present.stopping;
  }
  const auto working = static_cast<int>(present.working.size());
  const int room = std::max(0, most - working - present.stopping);
  const int wanted = scale_out_.to_start(report.target, report.limits.min, working, now);
  if (sees) start(database, std::min(room, wanted), now);
  report.note = is_spent ? "the day's money is spent" : note_;
  write_report(pools, report);
  return true;
}

void PoolController::note_ended(db::Database& database, Clock::time_point now) {
  // What is not written yet is told once only by children; a machine may be another worker's by now.
  if (!backend_.runs_here()) ended_.clear();
  instances_ = backend_.look();
  const auto ended = std::partition(instances_.begin(), instances_.end(),
                                    [](const Instance& each) { return !each.has_ended; });
  ended_.insert(ended_.end(), ended, instances_.end());
  instances_.erase(ended, instances_.end());
  if (ended_.empty()) return;
  const std::vector<PoolWorker> known = Pools(database).alive(settings_.name);
  for (const Instance& instance : ended_) {
    const auto worker = std::find_if(known.begin(), known.end(),
                                     [&](const PoolWorker& each) { return is_of(instance, each); });
    if (worker != known.end()) end(database, *worker, instance.cause, now);
  }
  ended_.clear();
}

PoolController::Present PoolController::settle(db::Database& database, Clock::time_point now, bool sees) {
  const auto seconds = [](std::chrono::milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
  };
  const std::vector<PoolWorker> known = Pools(database).alive(settings_.name);
  Present workers;
  for (const PoolWorker& worker : known) {
    const Instance* const instance = instance_of(worker);
    const bool is_there = !sees || worker.is_seen || instance != nullptr;
    // Its request was not answered, and was done.
    if (worker.place.empty() && instance != nullptr) Pools(database).placed(worker.id, instance->place);
    if (worker.place.empty() && !is_there && worker.age_seconds > seconds(time_to_answer)) {
      end(database, worker, "was not started: no answer", now);
    } else if (worker.node.empty() && worker.age_seconds > seconds(settings_.boot_timeout)) {
      remove({worker.id, worker.place, false, ""});
      end(database, worker, not_begun(instance), now);
    } else if (!worker.node.empty() && !is_there) {
      end(database, worker, "is gone, nobody knows why", now);
    } else if (worker.state != WorkerState::Stopping) {
      if (worker.state == WorkerState::Running && begun_.insert(worker.id).second && sees) {
        scale_out_.on_boot();
        note_.clear();
      }
      workers.working.push_back(worker);
    } else if (worker.stopping_seconds > seconds(settings_.stop_timeout)) {
      remove({worker.id, worker.place, false, ""});
      end(database, worker, fmt::format("did not stop within {} s", seconds(settings_.stop_timeout)), now);
    } else {
      ++workers.stopping;
    }
  }
  std::erase_if(begun_, [&](const std::string& id) {
    return std::none_of(known.begin(), known.end(), [&](const PoolWorker& each) { return each.id == id; });
  });
  if (sees) remove_unknown(known, now);
  return workers;
}

const Instance* PoolController::instance_of(const PoolWorker& worker) const {
  const auto found = std::find_if(instances_.begin(), instances_.end(),
                                  [&](const Instance& each) { return is_of(each, worker); });
  return found == instances_.end() ? nullptr : &*found;
}

std::string PoolController::not_begun(const Instance* instance) const {
  const std::chrono::duration<double> timeout = settings_.boot_timeout;
  const std::string cause = instance == nullptr ? "" : instance->cause;
  return fmt::format("did not begin within {} s{}{}", timeout.count(), cause.empty() ? "" : ": ", cause);
}

// Those whose request was answered too late, or that their rows do not tell of any more.
void PoolController::remove_unknown(const std::vector<PoolWorker>& known, Clock::time_point now) {
  std::map<std::string, Clock::time_point> unknown;
  for (const Instance& instance : instances_) {
    if (std::any_of(known.begin(), known.end(),
                    [&](const PoolWorker& each) { return is_of(instance, each); }))
      continue;
    const auto before = unknown_since_.find(instance.place);
    const Clock::time_point since = before == unknown_since_.end() ? now : before->second;
    unknown.emplace(instance.place, since);
    if (now - since < time_to_vanish) continue;
    log(LogLevel::Warning, "pool.removes_unknown",
        {{"pool", settings_.name}, {"worker", instance.id}, {"place", instance.place}});
    remove(instance);
  }
  unknown_since_ = std::move(unknown);
}

// What cannot be removed now is unknown at the next look.
void PoolController::remove(const Instance& worker) {
  try {
    backend_.remove(worker);
  } catch (const Error& error) {
    log(LogLevel::Warning, "pool.not_removed",
        {{"pool", settings_.name}, {"worker", worker.id}, {"error", error.what()}});
  }
}

void PoolController::end(db::Database& database, const PoolWorker& worker, const std::string& cause,
                         Clock::time_point now) {
  if (!worker.node.empty()) {
    // Its jobs are rescued at once, and say what became of the attempt.
    db::Transaction transaction(database);
    jobs::make_queue(database)->note_death(worker.node, fmt::format("the worker {} {}", worker.id, cause));
    jobs::Nodes(database).forget(worker.node);
    transaction.commit();
  }
  if (!Pools(database).end(worker.id, cause)) return;
  log(LogLevel::Warning, "pool.worker_ended",
      {{"pool", settings_.name}, {"worker", worker.id}, {"cause", cause}});
  if (worker.node.empty() && worker.state == WorkerState::Starting) {
    scale_out_.on_boot_failure(now);
    note_ = fmt::format("worker {} {}", worker.id, cause);
  }
}

void PoolController::start(db::Database& database, int count, Clock::time_point now) {
  Pools pools(database);
  for (int i = 0; i < count && lead(database); ++i) {
    const std::string id = fmt::format("heaters-{}-{}", settings_.name, new_ulid());
    pools.request(id, settings_.name, settings_.backend);
    try {
      const auto place = backend_.start(id);
      if (!place) return pools.withdraw(id);
      if (!place->empty()) pools.placed(id, *place);
      log(LogLevel::Info, "pool.worker_started", {{"pool", settings_.name}, {"worker", id}});
    } catch (const Error& error) {
      end(database, {.id = id, .pool = settings_.name}, error.what(), now);
      return;
    }
  }
}

}  // namespace heaters::elastic

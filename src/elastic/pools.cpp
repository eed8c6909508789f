#include "elastic/pools.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "jobs/queue_settings.h"

namespace heaters::elastic {

namespace {

WorkerState parse_worker_state(std::string_view text) {
  for (const WorkerState state : {WorkerState::Starting, WorkerState::Running, WorkerState::Stopping}) {
    if (text == to_string(state)) return state;
  }
  return WorkerState::Ended;
}

// Of the database's clock.
std::string now(const db::Database& database) {
  return db::clock_sql(database.dialect());
}

std::string later(const db::Database& database, std::chrono::milliseconds by) {
  const double seconds = static_cast<double>(by.count()) / 1000;
  return database.dialect() == db::Dialect::Postgres
             ? fmt::format("clock_timestamp() + make_interval(secs => {:.3f})", seconds)
             : fmt::format("strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '{:+.3f} seconds')", seconds);
}

// From one time to another.
std::string seconds_between(const db::Database& database, std::string_view from, std::string_view to) {
  return database.dialect() == db::Dialect::Postgres
             ? fmt::format("extract(epoch FROM {} - {})::float8", to, from)
             : fmt::format("(julianday({}) - julianday({})) * 86400.0", to, from);
}

constexpr std::string_view worker_columns =
    "w.id, w.pool, coalesce(w.place, ''), coalesce(w.node, ''), w.state, coalesce(w.cause, ''), "
    "w.requested_at, "
    "w.started_at, w.ended_at";

PoolWorker worker_at(const db::Statement& row) {
  return {.id = row.text(0),
          .pool = row.text(1),
          .place = row.text(2),
          .node = row.text(3),
          .state = parse_worker_state(row.text(4)),
          .cause = row.text(5),
          .requested_at = row.text(6),
          .started_at = row.optional_text(7).value_or(""),
          .ended_at = row.optional_text(8).value_or("")};
}

}  // namespace

std::string_view to_string(WorkerState state) {
  switch (state) {
    case WorkerState::Starting:
      return "starting";
    case WorkerState::Running:
      return "running";
    case WorkerState::Stopping:
      return "stopping";
    case WorkerState::Ended:
      return "ended";
  }
  return "ended";
}

bool Pools::lead(const std::string& pool, const std::string& controller, std::chrono::milliseconds lease) {
  db::Statement lead = database_.prepare(
      fmt::format("INSERT INTO pools (name, controller, controller_until) VALUES (?, ?, {0}) ON CONFLICT "
                  "(name) DO UPDATE SET "
                  "controller = excluded.controller, controller_until = excluded.controller_until WHERE "
                  "pools.controller IS "
                  "NULL OR pools.controller = excluded.controller OR pools.controller_until < {1}",
                  later(database_, lease), now(database_)));
  lead.bind(pool).bind(controller).run();
  return lead.changes() > 0;
}

void Pools::resign(const std::string& pool, const std::string& controller) {
  database_
      .prepare(
          "UPDATE pools SET controller = NULL, controller_until = NULL, target = 0 WHERE name = ? AND "
          "controller = ?")
      .bind(pool)
      .bind(controller)
      .run();
}

PoolLimits Pools::limits(const PoolSettings& settings) {
  PoolLimits limits{.min = settings.min, .max = settings.max};
  db::Statement row =
      database_.prepare("SELECT wanted_min, wanted_max, is_draining FROM pools WHERE name = ?");
  row.bind(settings.name);
  if (!row.step()) return limits;
  limits.min = static_cast<int>(row.optional_integer(0).value_or(limits.min));
  limits.max = static_cast<int>(row.optional_integer(1).value_or(limits.max));
  limits.is_draining = row.integer(2) != 0;
  return limits;
}

void Pools::report(const std::string& pool, const PoolReport& report) {
  database_
      .prepare(
          "UPDATE pools SET backend = ?, queues = ?, min_workers = ?, max_workers = ?, demand = ?, target = "
          "?, "
          "spent_today = ?, note = ?, looked_at = " +
          now(database_) + " WHERE name = ?")
      .bind(report.backend)
      .bind(report.queues)
      .bind(report.limits.min)
      .bind(report.limits.max)
      .bind(report.demand)
      .bind(report.target)
      .bind(report.spent_today)
      .bind(report.note)
      .bind(pool)
      .run();
}

namespace {

// A paused queue, or one that leads to such: a worker would run ahead of it, leave, and another would begin
// again.
bool leads_to_a_pause(const std::map<std::string, jobs::QueueSetting>& known, const PoolSettings& settings,
                      const PoolQueue& queue) {
  const auto own = known.find(queue.name);
  if (own != known.end() && own->second.is_paused) return true;
  const auto next = std::find_if(settings.queues.begin(), settings.queues.end(),
                                 [&](const PoolQueue& each) { return each.name == queue.feeds; });
  return next != settings.queues.end() && leads_to_a_pause(known, settings, *next);
}

}  // namespace

// Those that wait for a time are for a worker when it has come; whoever runs says so within a second. What
// others run (a server's own worker, another pool) is no work for this one, but what the dead ran is: who
// begins rescues it.
std::vector<std::int64_t> Pools::demand(const PoolSettings& settings) {
  const bool is_postgres = database_.dialect() == db::Dialect::Postgres;
  const std::string due =
      is_postgres ? "timezone('UTC', clock_timestamp())" : "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')";
  const std::string runner = is_postgres ? "attempted_by[1]" : "json_extract(attempted_by, '$[0]')";
  // More than all its workers would run at a time makes no more of them.
  constexpr std::int64_t least_counted = 1'000;
  std::vector<std::int64_t> jobs;
  jobs.reserve(settings.queues.size());
  const auto known = jobs::QueueSettings(database_).all();
  for (const PoolQueue& queue : settings.queues) {
    if (leads_to_a_pause(known, settings, queue)) {
      jobs.push_back(0);
      continue;
    }
    const int of_each = std::max(queue.max_running, settings.max_concurrency.value_or(1));
    const std::string waiting = fmt::format(
        "SELECT count(*) FROM (SELECT 1 FROM oban_jobs WHERE queue = ? AND {{}} LIMIT {}) AS found",
        std::max(least_counted, std::int64_t{2} * settings.max * of_each));
    db::Statement count = database_.prepare(fmt::format(
        "SELECT ({1}) + ({2}) + (SELECT count(*) FROM oban_jobs WHERE queue = ? AND state = 'executing' AND "
        "({0} "
        "IN (SELECT node FROM pool_workers WHERE pool = ? AND ended_at IS NULL) OR ({0} LIKE 'heaters@%' AND "
        "{0} NOT IN (SELECT node FROM job_nodes))))",
        runner, fmt::format(fmt::runtime(waiting), "state = 'available' AND attempt < max_attempts"),
        fmt::format(fmt::runtime(waiting),
                    fmt::format("state IN ('scheduled', 'retryable') AND scheduled_at <= {}", due))));
    count.bind(queue.name).bind(queue.name).bind(queue.name).bind(settings.name);
    jobs.push_back(count.step() ? count.integer(0) : 0);
  }
  return jobs;
}

double Pools::hours_today(const std::string& pool) {
  const bool is_postgres = database_.dialect() == db::Dialect::Postgres;
  const std::string midnight =
      is_postgres ? "date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"
                  : "strftime('%Y-%m-%dT00:00:00.000Z', 'now')";
  const std::string begin =
      is_postgres ? "greatest(requested_at, " + midnight + ")" : "max(requested_at, " + midnight + ")";
  db::Statement sum = database_.prepare(fmt::format(
      "SELECT coalesce(sum({}), 0) FROM pool_workers WHERE pool = ? AND (ended_at IS NULL OR ended_at > {})",
      seconds_between(database_, begin, "coalesce(ended_at, " + now(database_) + ")"), midnight));
  sum.bind(pool);
  return sum.step() ? sum.real(0) / 3600 : 0;
}

void Pools::request(const std::string& id, const std::string& pool, const std::string& backend) {
  database_
      .prepare(
          fmt::format("INSERT INTO pool_workers (id, pool, backend, state, requested_at) VALUES (?, ?, ?, "
                      "'starting', {})",
                      now(database_)))
      .bind(id)
      .bind(pool)
      .bind(backend)
      .run();
}

void Pools::placed(const std::string& id, const std::string& place) {
  database_.prepare("UPDATE pool_workers SET place = ? WHERE id = ?").bind(place).bind(id).run();
}

void Pools::withdraw(const std::string& id) {
  database_.prepare("DELETE FROM pool_workers WHERE id = ?").bind(id).run();
}

std::optional<std::string> Pools::starting_at(const std::string& place) {
  db::Statement row = database_.prepare(
      "SELECT id FROM pool_workers WHERE place = ? AND state = 'starting' ORDER BY requested_at DESC LIMIT "
      "1");
  row.bind(place);
  return row.step() ? std::optional(row.text(0)) : std::nullopt;
}

std::vector<PoolWorker> Pools::alive(const std::string& pool) {
  const std::string at(now(database_));
  db::Statement rows = database_.prepare(
      fmt::format("SELECT {}, {}, coalesce({}, 0), n.node IS NOT NULL FROM pool_workers AS w LEFT JOIN "
                  "job_nodes AS n ON n.node "
                  "= w.node WHERE w.pool = ? AND w.ended_at IS NULL ORDER BY w.requested_at, w.id",
                  worker_columns, seconds_between(database_, "w.requested_at", at),
                  seconds_between(database_, "w.stopping_at", at)));
  rows.bind(pool);
  std::vector<PoolWorker> workers;
  while (rows.step()) {
    PoolWorker worker = worker_at(rows);
    worker.age_seconds = rows.real(9);
    worker.stopping_seconds = rows.real(10);
    worker.is_seen = rows.integer(11) != 0;
    workers.push_back(std::move(worker));
  }
  return workers;
}

void Pools::tell_to_stop(const std::string& id) {
  database_
      .prepare(fmt::format(
          "UPDATE pool_workers SET state = 'stopping', stopping_at = {} WHERE id = ? AND state IN "
          "('starting', 'running')",
          now(database_)))
      .bind(id)
      .run();
}

bool Pools::end(const std::string& id, const std::string& cause) {
  db::Statement end = database_.prepare(fmt::format(
      "UPDATE pool_workers SET state = 'ended', cause = ?, ended_at = {} WHERE id = ? AND ended_at IS NULL",
      now(database_)));
  end.bind(cause).bind(id).run();
  return end.changes() > 0;
}

std::vector<Pool> Pools::list() {
  db::Statement rows =
      database_.prepare(fmt::format("SELECT name, is_draining, CASE WHEN controller_until > {} THEN "
                                    "controller ELSE '' END, backend, queues, "
                                    "min_workers, max_workers, demand, target, spent_today, note, (SELECT "
                                    "count(*) FROM pool_workers WHERE pool = "
                                    "name AND ended_at IS NULL AND state = 'starting'), (SELECT count(*) "
                                    "FROM pool_workers WHERE pool = name AND "
                                    "ended_at IS NULL AND state = 'running'), (SELECT count(*) FROM "
                                    "pool_workers WHERE pool = name AND ended_at IS "
                                    "NULL AND state = 'stopping') FROM pools ORDER BY name",
                                    now(database_)));
  std::vector<Pool> pools;
  while (rows.step()) {
    const auto number = [&](int column) { return static_cast<int>(rows.integer(column)); };
    pools.push_back({.name = rows.text(0),
                     .report = {.backend = rows.text(3),
                                .queues = rows.text(4),
                                .limits = {.min = number(5), .max = number(6), .is_draining = number(1) != 0},
                                .demand = rows.integer(7),
                                .target = number(8),
                                .spent_today = rows.real(9),
                                .note = rows.text(10)},
                     .controller = rows.optional_text(2).value_or(""),
                     .starting = number(11),
                     .running = number(12),
                     .stopping = number(13)});
  }
  return pools;
}

void Pools::require(const std::string& pool) {
  db::Statement row = database_.prepare("SELECT 1 FROM pools WHERE name = ?");
  row.bind(pool);
  if (!row.step())
    throw Error(ErrorKind::NotFound, fmt::format("find pool \"{}\": none of that name was run", pool));
}

void Pools::set(const std::string& pool, std::optional<int> min, std::optional<int> max) {
  require(pool);
  if (min) database_.prepare("UPDATE pools SET wanted_min = ? WHERE name = ?").bind(*min).bind(pool).run();
  if (max) database_.prepare("UPDATE pools SET wanted_max = ? WHERE name = ?").bind(*max).bind(pool).run();
}

void Pools::drain(const std::string& pool, bool is_draining) {
  require(pool);
  database_.prepare("UPDATE pools SET is_draining = ? WHERE name = ?").bind(is_draining).bind(pool).run();
}

std::vector<PoolWorker> Pools::history(const std::string& pool, int limit) {
  db::Statement rows = database_.prepare(fmt::format(
      "SELECT {} FROM pool_workers AS w WHERE w.pool = ? AND w.ended_at IS NOT NULL ORDER BY w.ended_at "
      "DESC, w.id LIMIT {}",
      worker_columns, limit));
  rows.bind(pool);
  std::vector<PoolWorker> workers;
  while (rows.step()) workers.push_back(worker_at(rows));
  return workers;
}

int Pools::forget_ended(std::chrono::hours age) {
  db::Statement remove = database_.prepare(fmt::format("DELETE FROM pool_workers WHERE ended_at < {}",
                                                       later(database_, -std::chrono::milliseconds(age))));
  remove.run();
  return static_cast<int>(remove.changes());
}

void Pools::forget_abandoned(std::chrono::hours age) {
  constexpr std::chrono::minutes time_to_take_over{10};
  const auto uncontrolled_for = [&](std::chrono::milliseconds time) {
    return fmt::format("looked_at < {} AND (controller_until IS NULL OR controller_until < {})",
                       later(database_, -time), now(database_));
  };
  database_
      .prepare(fmt::format(
          "UPDATE pool_workers SET state = 'ended', cause = 'its controller is gone', ended_at = {} WHERE "
          "ended_at IS NULL AND pool IN (SELECT name FROM pools WHERE backend = 'process' AND {}) AND NOT "
          "EXISTS "
          "(SELECT 1 FROM job_nodes WHERE job_nodes.node = pool_workers.node)",
          now(database_), uncontrolled_for(time_to_take_over)))
      .run();
  database_
      .prepare(fmt::format("DELETE FROM pools WHERE {} AND wanted_min IS NULL AND wanted_max IS NULL AND NOT "
                           "is_draining AND NOT "
                           "EXISTS (SELECT 1 FROM pool_workers WHERE pool = pools.name AND ended_at IS NULL)",
                           uncontrolled_for(age)))
      .run();
}

bool Pools::begin(const std::string& id, const std::string& node) {
  db::Statement begin =
      database_.prepare(fmt::format("UPDATE pool_workers SET state = 'running', node = ?, started_at = {} "
                                    "WHERE id = ? AND state = 'starting'",
                                    now(database_)));
  begin.bind(node).bind(id).run();
  return begin.changes() > 0;
}

bool Pools::is_told_to_stop(const std::string& id) {
  db::Statement row = database_.prepare("SELECT state FROM pool_workers WHERE id = ?");
  row.bind(id);
  return !row.step() || row.text(0) != to_string(WorkerState::Running);
}

bool Pools::leave(const std::string& id) {
  db::Transaction transaction(database_);
  // One after the other, or the last two of `min` would both leave.
  const bool is_postgres = database_.dialect() == db::Dialect::Postgres;
  db::Statement pool = database_.prepare(
      std::string(
          "SELECT name, min_workers FROM pools WHERE name = (SELECT pool FROM pool_workers WHERE id = ?)") +
      (is_postgres ? " FOR UPDATE" : ""));
  pool.bind(id);
  if (pool.step()) {
    db::Statement others = database_.prepare(
        "SELECT count(*) FROM pool_workers WHERE pool = ? AND id <> ? AND state IN ('starting', 'running')");
    others.bind(pool.text(0)).bind(id);
    if (others.step() && others.integer(0) < pool.integer(1)) return false;
  }
  end(id, "idle");
  transaction.commit();
  return true;
}

}  // namespace heaters::elastic

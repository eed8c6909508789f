#include "jobs/postgres_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "db/postgres.h"
#include "jobs/signal.h"

namespace heaters::jobs {

namespace {

// Sent as a literal, not as a parameter, wherever an index must be chosen by it.
constexpr std::string_view now = "timezone('UTC', clock_timestamp())";

// A job may be meant for one node for some time. Compared as text: a malformed value of somebody else's must
// not break everybody's claims.
constexpr std::string_view is_for_node =
    "(meta->>'node' IS NULL OR meta->>'node' = ? OR coalesce(meta->>'node_until', '') COLLATE \"C\" < ?)";

std::string claimable(std::string_view is_for_us) {
  // Oban's own order and index. A job without attempts left is passed over here rather than after the limit,
  // where it would take the place of others for ever.
  return "SELECT id FROM oban_jobs WHERE state = 'available' AND queue = ? AND attempt < max_attempts AND " +
         std::string(is_for_us) + " ORDER BY priority, scheduled_at, id LIMIT ?::int FOR UPDATE SKIP LOCKED";
}

constexpr std::string_view claimed_columns =
    "o.id, o.queue, o.worker, o.args, o.meta, o.attempt, o.max_attempts, o.priority, o.attempted_by, "
    "o.scheduled_at";

Job claimed_at(const db::Statement& row) {
  Job job;
  job.id = row.integer(0);
  job.state = JobState::Executing;
  job.queue = row.text(1);
  job.worker = row.text(2);
  job.args_json = row.text(3);
  job.meta_json = row.is_null(4) ? "{}" : row.text(4);
  job.attempt = static_cast<int>(row.integer(5));
  job.max_attempts = static_cast<int>(row.integer(6));
  job.priority = static_cast<int>(row.integer(7));
  job.attempted_by = db::parse_array_literal(row.text(8));
  job.scheduled_at = row.text(9);
  return job;
}

void in_order_of_claim(std::vector<Job>& jobs) {
  std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
    return std::tie(a.priority, a.scheduled_at, a.id) < std::tie(b.priority, b.scheduled_at, b.id);
  });
}

// Oban's second element tells producers apart; ours tells claims apart, and so attempts.
std::string attempted_by(const std::string& node) {
  return db::array_literal(std::vector<std::string>{node, new_ulid()});
}

// The arrays of several leases, for unnest.
struct LeaseArrays {
  std::string ids;
  std::string attempts;
  std::string tokens;
};

LeaseArrays lease_arrays(std::span<const Lease> leases) {
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> attempts;
  std::vector<std::string> tokens;
  for (const Lease& lease : leases) {
    ids.push_back(lease.id);
    attempts.push_back(lease.attempt);
    tokens.push_back(lease.token);
  }
  return {db::array_literal(ids), db::array_literal(attempts), db::array_literal(tokens)};
}

// A counter in meta, which others may have made anything.
std::string counter(const std::string& meta, const char* key) {
  return fmt::format("(CASE WHEN jsonb_typeof({0}->'{1}') = 'number' THEN ({0}->>'{1}')::numeric ELSE 0 END)",
                     meta, key);
}

std::string counted(const std::string& meta, const char* key) {
  return fmt::format(
      "jsonb_set(CASE WHEN jsonb_typeof({0}) = 'object' THEN {0} ELSE '{{}}' END, '{{{1}}}', to_jsonb({2} + "
      "1))",
      meta, key, counter(meta, key));
}

constexpr std::string_view full_columns =
    "id, queue, worker, args, meta, attempt, max_attempts, priority, attempted_by, scheduled_at, state, "
    "tags, "
    // oban-py keeps one jsonb, Oban an array of them.
    "to_jsonb(errors), inserted_at, attempted_at, coalesce(completed_at, cancelled_at, discarded_at)";

Job full_at(const db::Statement& row) {
  Job job = claimed_at(row);
  job.state = parse_job_state(row.text(10)).value_or(JobState::Suspended);
  job.tags = db::parse_array_literal(row.text(11));
  const Json errors = Json::parse(row.text(12), nullptr, false);
  for (const Json& each : errors.is_array() ? errors : Json::array()) job.errors.push_back(job_error(each));
  job.inserted_at = row.text(13);
  job.attempted_at = row.optional_text(14);
  job.finished_at = row.optional_text(15);
  return job;
}

}  // namespace

std::vector<Insertion> PostgresQueue::insert(std::span<const NewJob> jobs) {
  std::vector<Insertion> insertions;
  insertions.reserve(jobs.size());
  std::set<std::string> queues;
  // Runs of jobs without a unique key go in one statement.
  for (std::size_t i = 0; i < jobs.size();) {
    std::size_t end = i;
    while (end < jobs.size() && !jobs[end].unique_key) ++end;
    if (end > i) insert_plain(jobs.subspan(i, end - i), insertions);
    if (end < jobs.size()) insertions.push_back(insert_unique(jobs[end++]));
    i = end;
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!jobs[i].scheduled_at && !insertions[i].is_conflict) queues.insert(jobs[i].queue);
  }
  for (const std::string& queue : queues) announce(database_, "insert", insert_payload(queue));
  return insertions;
}

void PostgresQueue::insert_plain(std::span<const NewJob> jobs, std::vector<Insertion>& insertions) {
  std::vector<std::string> queues;
  std::vector<std::string> workers;
  std::vector<std::string> args;
  std::vector<std::string> metas;
  std::vector<std::string> tags;
  std::vector<std::string> times;
  std::vector<std::int64_t> priorities;
  std::vector<std::int64_t> attempts;
  for (const NewJob& job : jobs) {
    queues.push_back(job.queue);
    workers.push_back(job.worker);
    args.push_back(job.args_json);
    metas.push_back(stored_meta(job));
    tags.push_back(db::array_literal(job.tags));
    times.push_back(job.scheduled_at ? format_utc(*job.scheduled_at) : "");
    priorities.push_back(job.priority);
    attempts.push_back(job.max_attempts);
  }
  db::Statement insert = database_.prepare(
      "INSERT INTO oban_jobs (state, queue, worker, args, meta, tags, priority, max_attempts, scheduled_at, "
      "attempted_by) SELECT CASE WHEN t = '' THEN 'available' ELSE 'scheduled' END::oban_job_state, q, w, "
      "a::jsonb, m::jsonb, g::text[], p, x, CASE WHEN t = '' THEN " +
      std::string(now) +
      " ELSE t::timestamptz AT TIME ZONE 'UTC' END, '{}' FROM unnest(?::text[], ?::text[], ?::text[], "
      "?::text[], ?::text[], ?::int[], ?::int[], ?::text[]) WITH ORDINALITY AS r(q, w, a, m, g, p, x, t, n) "
      "ORDER BY n RETURNING id");
  insert.bind(db::array_literal(queues)).bind(db::array_literal(workers)).bind(db::array_literal(args));
  insert.bind(db::array_literal(metas)).bind(db::array_literal(tags)).bind(db::array_literal(priorities));
  insert.bind(db::array_literal(attempts)).bind(db::array_literal(times));
  while (insert.step()) insertions.push_back({insert.integer(0), false});
}

Insertion PostgresQueue::insert_unique(const NewJob& job) {
  // The rival may end between our two statements: then the place is free, and we try again.
  constexpr int most_tries = 100;
  for (int i = 0; i < most_tries; ++i) {
    db::Statement insert = database_.prepare(
        "INSERT INTO oban_jobs (state, queue, worker, args, meta, tags, priority, max_attempts, "
        "scheduled_at, attempted_by) VALUES (?::oban_job_state, ?, ?, ?::jsonb, ?::jsonb, ?::text[], "
        "?::int, ?::int, coalesce(nullif(?::text, '')::timestamptz AT TIME ZONE 'UTC', " +
        std::string(now) + "), '{}') ON CONFLICT DO NOTHING RETURNING id");
    insert.bind(job.scheduled_at ? "scheduled" : "available").bind(job.queue).bind(job.worker);
    insert.bind(job.args_json).bind(stored_meta(job)).bind(db::array_literal(job.tags)).bind(job.priority);
    insert.bind(job.max_attempts).bind(job.scheduled_at ? format_utc(*job.scheduled_at) : "");
    if (insert.step()) return {insert.integer(0), false};
    db::Statement rival = database_.prepare(
        "SELECT id FROM oban_jobs WHERE worker = ? AND meta->>'heaters_unique' = ? AND state IN "
        "('available', 'scheduled', 'executing', 'retryable')");
    rival.bind(job.worker).bind(*job.unique_key);
    if (rival.step()) return {rival.integer(0), true};
  }
  throw Error(ErrorKind::Unavailable,
              "insert a unique job for " + job.worker + ": others come and go with its key");
}

std::vector<Job> PostgresQueue::claim(const std::string& queue, int limit, const std::string& node) {
  // MATERIALIZED fences the subquery: inlined, the planner might run its LIMIT more than once and claim too
  // many.
  db::Statement claim = database_.prepare(
      "WITH subset AS MATERIALIZED (" + claimable(is_for_node) +
      ") UPDATE oban_jobs AS o SET state = 'executing', attempted_at = " + std::string(now) +
      ", attempted_by = ?::text[], attempt = o.attempt + 1 FROM subset WHERE o.id = subset.id RETURNING " +
      std::string(claimed_columns));
  claim.bind(queue).bind(node).bind(format_utc(utc_now())).bind(limit).bind(attempted_by(node));
  std::vector<Job> jobs;
  while (claim.step()) jobs.push_back(claimed_at(claim));
  in_order_of_claim(jobs);
  return jobs;
}

std::vector<Finish> PostgresQueue::finish(std::span<const Ending> endings, const std::string& node) {
  std::vector<Lease> held;
  held.reserve(endings.size());
  for (const Ending& ending : endings) held.push_back(ending.lease);
  const LeaseArrays leases = lease_arrays(held);
  const bool only_completed = std::all_of(endings.begin(), endings.end(), [](const Ending& ending) {
    return ending.state == JobState::Completed;
  });
  const std::string is_held =
      "o.id = r.id AND o.state = 'executing' AND o.attempt = r.attempt AND o.attempted_by[1] = ? AND "
      "o.attempted_by[2] = r.token RETURNING o.id";
  std::set<JobId> written;
  if (only_completed) {
    db::Statement update = database_.prepare(
        "UPDATE oban_jobs AS o SET state = 'completed', completed_at = " + std::string(now) +
        " FROM unnest(?::bigint[], ?::int[], ?::text[]) AS r(id, attempt, token) WHERE " + is_held);
    update.bind(leases.ids).bind(leases.attempts).bind(leases.tokens).bind(node);
    while (update.step()) written.insert(update.integer(0));
  } else {
    std::vector<std::string> states;
    std::vector<std::string> errors;
    std::vector<std::int64_t> delays;
    for (const Ending& ending : endings) {
      states.emplace_back(to_string(ending.state));
      errors.push_back(ending.error.empty() ? "" : error_json(ending.lease.attempt, ending.error));
      delays.push_back(ending.delay.count());
    }
    const std::string at(now);
    db::Statement update = database_.prepare(
        "UPDATE oban_jobs AS o SET state = r.state::oban_job_state, completed_at = CASE WHEN r.state = "
        "'completed' THEN " +
        at + " ELSE o.completed_at END, cancelled_at = CASE WHEN r.state = 'cancelled' THEN " + at +
        " ELSE o.cancelled_at END, discarded_at = CASE WHEN r.state = 'discarded' THEN " + at +
        " ELSE o.discarded_at END, scheduled_at = CASE WHEN r.state IN ('retryable', 'scheduled') THEN " +
        at +
        " + make_interval(secs => r.delay) ELSE o.scheduled_at END, attempt = o.attempt - CASE WHEN r.state "
        "IN ('scheduled', 'available') THEN 1 ELSE 0 END, meta = CASE WHEN r.state = 'scheduled' THEN " +
        counted("o.meta", "snoozed") +
        " ELSE o.meta END, errors = CASE WHEN r.error = '' THEN o.errors ELSE o.errors || r.error::jsonb "
        "END FROM unnest(?::bigint[], ?::int[], ?::text[], ?::text[], ?::text[], ?::bigint[]) AS r(id, "
        "attempt, token, state, error, delay) WHERE " +
        is_held);
    update.bind(leases.ids).bind(leases.attempts).bind(leases.tokens).bind(db::array_literal(states));
    update.bind(db::array_literal(errors)).bind(db::array_literal(delays)).bind(node);
    while (update.step()) written.insert(update.integer(0));
  }
  std::vector<Finish> finishes;
  for (const Ending& ending : endings) {
    finishes.push_back(written.contains(ending.lease.id) ? Finish::Written : finish_late(ending, node));
  }
  return finishes;
}

Finish PostgresQueue::finish_late(const Ending& ending, const std::string& node) {
  const auto& [id, attempt, token] = ending.lease;
  db::Statement before = database_.prepare(
      "SELECT 1 FROM oban_jobs WHERE id = ? AND state = ?::oban_job_state AND attempted_by[1] = ? AND "
      "attempted_by[2] = ? AND state <> 'executing'");
  before.bind(id).bind(to_string(ending.state)).bind(node).bind(token);
  if (before.step() && ending.state != JobState::Cancelled) return Finish::WrittenBefore;
  // Cancelled by an operator while it ran: the row stays so, and says what became of the attempt.
  if (!ending.error.empty()) {
    database_
        .prepare(
            "UPDATE oban_jobs SET errors = errors || ?::jsonb WHERE id = ? AND state = 'cancelled' AND "
            "attempt = ? AND attempted_by[1] = ? AND attempted_by[2] = ?")
        .bind(error_json(attempt, ending.error))
        .bind(id)
        .bind(attempt)
        .bind(node)
        .bind(token)
        .run();
  }
  return Finish::LeaseLost;
}

std::vector<Job> PostgresQueue::lock(const std::string& queue, int limit, const std::string& node) {
  db::Statement select = database_.prepare(
      "SELECT id, queue, worker, args, meta, attempt + 1, max_attempts, priority, attempted_by, "
      "scheduled_at FROM oban_jobs WHERE state = 'available' AND queue = ? AND attempt < max_attempts AND " +
      std::string(is_for_node) + " ORDER BY priority, scheduled_at, id LIMIT ?::int FOR UPDATE SKIP LOCKED");
  select.bind(queue).bind(node).bind(format_utc(utc_now())).bind(limit);
  std::vector<Job> jobs;
  const std::vector<std::string> by = {node, new_ulid()};
  while (select.step()) {
    jobs.push_back(claimed_at(select));
    jobs.back().attempted_by = by;
  }
  return jobs;
}

void PostgresQueue::complete_locked(std::span<const JobId> ids, const std::string& node) {
  database_
      .prepare(
          "UPDATE oban_jobs SET state = 'completed', attempt = attempt + 1, attempted_by = ?::text[], "
          "attempted_at = timezone('UTC', now()), completed_at = " +
          std::string(now) + " WHERE id = ANY (?::bigint[])")
      .bind(attempted_by(node))
      .bind(db::array_literal(std::vector<std::int64_t>(ids.begin(), ids.end())))
      .run();
}

void PostgresQueue::start_locked(std::span<const Job> jobs, const std::string& node) {
  std::vector<std::int64_t> ids;
  for (const Job& job : jobs) ids.push_back(job.id);
  // One lock() gave them all one token.
  const std::string token = jobs.front().lease().token;
  database_
      .prepare(
          "UPDATE oban_jobs SET state = 'executing', attempt = attempt + 1, attempted_by = ?::text[], "
          "attempted_at = timezone('UTC', now()) WHERE id = ANY (?::bigint[])")
      .bind(db::array_literal(std::vector<std::string>{node, token}))
      .bind(db::array_literal(ids))
      .run();
}

std::vector<Lease> PostgresQueue::refresh(std::span<const Lease> leases, const std::string& node) {
  const LeaseArrays arrays = lease_arrays(leases);
  db::Statement update = database_.prepare(
      "UPDATE oban_jobs AS o SET attempted_at = " + std::string(now) +
      " FROM unnest(?::bigint[], ?::int[], ?::text[]) AS r(id, attempt, token) WHERE o.id = r.id AND "
      "o.state = 'executing' AND o.attempt = r.attempt AND o.attempted_by[1] = ? AND o.attempted_by[2] = "
      "r.token RETURNING o.id, o.attempted_by[2]");
  update.bind(arrays.ids).bind(arrays.attempts).bind(arrays.tokens).bind(node);
  std::set<std::pair<JobId, std::string>> held;
  while (update.step()) held.emplace(update.integer(0), update.text(1));
  std::vector<Lease> lost;
  for (const Lease& lease : leases) {
    if (!held.contains({lease.id, lease.token})) lost.push_back(lease);
  }
  return lost;
}

int PostgresQueue::give_back_unknown(const std::vector<std::string>& queues, std::span<const Lease> held,
                                     const std::string& node) {
  std::vector<std::string> tokens;
  std::vector<std::int64_t> ids;
  for (const Lease& lease : held) {
    tokens.push_back(lease.token);
    ids.push_back(lease.id);
  }
  db::Statement update = database_.prepare(
      "UPDATE oban_jobs SET state = 'available', attempt = attempt - 1 WHERE state = 'executing' AND queue "
      "= ANY (?::text[]) AND attempted_by[1] = ? AND NOT EXISTS (SELECT 1 FROM unnest(?::bigint[], "
      "?::text[]) AS r(id, token) WHERE r.id = oban_jobs.id AND r.token = attempted_by[2])");
  update.bind(db::array_literal(queues))
      .bind(node)
      .bind(db::array_literal(ids))
      .bind(db::array_literal(tokens))
      .run();
  return static_cast<int>(update.changes());
}

bool PostgresQueue::adopt(const Lease& lease, const std::string& node, const std::string& args_json,
                          const std::string& unique_key) {
  db::Statement update = database_.prepare(
      "UPDATE oban_jobs SET args = ?::jsonb, meta = jsonb_set(coalesce(meta, '{}'), '{heaters_unique}', "
      "to_jsonb(?::text)) WHERE id = ? AND state = 'executing' AND attempt = ? AND attempted_by[1] = ? AND "
      "attempted_by[2] = ?");
  update.bind(args_json)
      .bind(unique_key)
      .bind(lease.id)
      .bind(lease.attempt)
      .bind(node)
      .bind(lease.token)
      .run();
  return update.changes() == 1;
}

void PostgresQueue::rewrite_args(const std::string& unique_key,
                                 const std::function<std::string(const std::string&)>& rewrite) {
  db::Statement select =
      database_.prepare("SELECT id, args FROM oban_jobs WHERE meta->>'heaters_unique' = ? ORDER BY id");
  select.bind(unique_key);
  std::vector<std::pair<JobId, std::string>> rewritten;
  while (select.step()) rewritten.emplace_back(select.integer(0), rewrite(select.text(1)));
  for (const auto& [id, args] : rewritten) {
    database_.prepare("UPDATE oban_jobs SET args = ?::jsonb WHERE id = ?").bind(args).bind(id).run();
  }
}

void PostgresQueue::note_death(const std::string& node, const std::string& cause) {
  database_
      .prepare("UPDATE oban_jobs SET errors = errors || jsonb_build_object('at', " + std::string(now) +
               ", 'attempt', attempt, 'error', ?::text) WHERE state = 'executing' AND attempted_by[1] = ?")
      .bind(cause)
      .bind(node)
      .run();
}

int PostgresQueue::rescue(const std::vector<std::string>& queues) {
  // Attempts of others than us (an Elixir node in a queue of ours) have no row in job_nodes: age must do.
  const std::string at(now);
  const std::string before = counter("meta", "rescued");
  db::Statement rescue = database_.prepare(
      "UPDATE oban_jobs SET state = (CASE WHEN attempt >= max_attempts THEN 'discarded' WHEN " + before +
      " < 2 THEN 'available' ELSE 'scheduled' END)::oban_job_state, discarded_at = CASE WHEN attempt >= "
      "max_attempts THEN " +
      at + " END, scheduled_at = CASE WHEN " + before + " < 2 THEN scheduled_at ELSE " + at +
      " + make_interval(secs => least(60, power(2, least(" + before +
      ", 10) - 2))::float8) END, meta = " + counted("meta", "rescued") +
      ", errors = CASE WHEN attempt < max_attempts THEN errors ELSE errors || jsonb_build_object('at', " +
      at +
      ", 'attempt', attempt, 'error', 'the node that ran the last attempt died') END WHERE id IN (SELECT id "
      "FROM oban_jobs WHERE state = 'executing' AND queue = ANY (?::text[]) AND CASE WHEN attempted_by[1] "
      "LIKE 'heaters@%' THEN NOT EXISTS (SELECT 1 FROM job_nodes WHERE node = attempted_by[1]) ELSE "
      "attempted_at < " +
      at + " - interval '60 minutes' END FOR UPDATE SKIP LOCKED) RETURNING queue, state");
  rescue.bind(db::array_literal(queues));
  std::set<std::string> available;
  int count = 0;
  while (rescue.step()) {
    if (rescue.text(1) == "discarded") continue;
    if (rescue.text(1) == "available") available.insert(rescue.text(0));
    ++count;
  }
  db::Statement freed = database_.prepare(
      "UPDATE oban_jobs SET meta = meta - 'node' WHERE id IN (SELECT id FROM oban_jobs WHERE state IN "
      "('available', 'scheduled', 'retryable') AND queue = ANY (?::text[]) AND meta->>'node' LIKE "
      "'heaters@%' AND NOT EXISTS (SELECT 1 FROM job_nodes WHERE job_nodes.node = meta->>'node') FOR UPDATE "
      "SKIP LOCKED) RETURNING queue");
  freed.bind(db::array_literal(queues));
  while (freed.step()) available.insert(freed.text(0));
  for (const std::string& queue : available) announce(database_, "insert", insert_payload(queue));
  return count;
}

int PostgresQueue::stage(const std::vector<std::string>& queues) {
  db::Statement stage = database_.prepare(
      "UPDATE oban_jobs SET state = 'available' WHERE id IN (SELECT id FROM oban_jobs WHERE state IN "
      "('scheduled', 'retryable') AND queue = ANY (?::text[]) AND scheduled_at <= " +
      std::string(now) + " ORDER BY scheduled_at, id LIMIT 5000 FOR UPDATE SKIP LOCKED) RETURNING queue");
  stage.bind(db::array_literal(queues));
  std::set<std::string> staged;
  int count = 0;
  for (; stage.step(); ++count) staged.insert(stage.text(0));
  for (const std::string& queue : staged) announce(database_, "insert", insert_payload(queue));
  return count;
}

int PostgresQueue::prune(const std::vector<std::string>& queues, std::chrono::seconds completed_age,
                         std::chrono::seconds failed_age, int limit) {
  // Each by an index of its own. Of completed jobs Oban's has the time they were scheduled at, which is
  // earlier, behind the priority.
  const auto remove = [&](std::string_view which, std::chrono::seconds age, int most) {
    // The transaction's time, which an index can be asked by.
    const std::string before = fmt::format("timezone('UTC', now()) - interval '{} seconds'", age.count());
    db::Statement statement = database_.prepare(fmt::format(
        "DELETE FROM oban_jobs WHERE id IN (SELECT id FROM oban_jobs WHERE queue = ANY (?::text[]) AND {} "
        "LIMIT ?::int FOR UPDATE SKIP LOCKED)",
        fmt::format(fmt::runtime(which), before)));
    statement.bind(db::array_literal(queues)).bind(most).run();
    return static_cast<int>(statement.changes());
  };
  int removed = remove(
      "state = 'completed' AND priority IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 9) AND scheduled_at < {0} AND "
      "completed_at < {0}",
      completed_age, limit);
  removed += remove("state = 'cancelled' AND cancelled_at < {}", failed_age, limit - removed);
  return removed + remove("state = 'discarded' AND discarded_at < {}", failed_age, limit - removed);
}

std::optional<Job> PostgresQueue::find(JobId id) {
  db::Statement select =
      database_.prepare("SELECT " + std::string(full_columns) + " FROM oban_jobs WHERE id = ?");
  select.bind(id);
  if (!select.step()) return std::nullopt;
  return full_at(select);
}

std::optional<Job> PostgresQueue::latest(const std::string& unique_key) {
  db::Statement select =
      database_.prepare("SELECT " + std::string(full_columns) +
                        " FROM oban_jobs WHERE meta->>'heaters_unique' = ? ORDER BY state IN ('available', "
                        "'scheduled', 'executing', 'retryable') DESC, id DESC LIMIT 1");
  select.bind(unique_key);
  if (!select.step()) return std::nullopt;
  return full_at(select);
}

std::vector<std::string> PostgresQueue::without_job(std::span<const std::string> unique_keys) {
  db::Statement select = database_.prepare(
      "SELECT wanted.key FROM jsonb_array_elements_text(?::jsonb) WITH ORDINALITY AS wanted(key, place) "
      "WHERE NOT EXISTS (SELECT 1 FROM oban_jobs WHERE meta->>'heaters_unique' = wanted.key AND state <> "
      "'completed') ORDER BY wanted.place");
  return select.bind(Json(unique_keys).dump()).texts();
}

std::vector<Job> PostgresQueue::list(const JobFilter& filter) {
  db::Statement select = database_.prepare("SELECT " + std::string(full_columns) +
                                           " FROM oban_jobs WHERE (?::text = '' OR state::text = ?::text) "
                                           "AND (?::text = '' OR queue = ?::text) ORDER BY id DESC LIMIT "
                                           "?::int");
  const std::string state(filter.state ? to_string(*filter.state) : "");
  select.bind(state).bind(state).bind(filter.queue).bind(filter.queue).bind(filter.limit);
  std::vector<Job> jobs;
  while (select.step()) jobs.push_back(full_at(select));
  return jobs;
}

std::int64_t PostgresQueue::waiting(const std::vector<std::string>& queues, std::chrono::seconds horizon,
                                    const std::string& node) {
  db::Statement select = database_.prepare(
      "SELECT count(*) FROM oban_jobs WHERE queue = ANY (?::text[]) AND (state = 'available' OR (state IN "
      "('scheduled', 'retryable') AND scheduled_at <= " +
      std::string(now) + " + make_interval(secs => ?::float8))) AND " + std::string(is_for_node));
  select.bind(db::array_literal(queues)).bind(static_cast<double>(horizon.count()));
  select.bind(node).bind(format_utc(utc_now())).step();
  return select.integer(0);
}

int PostgresQueue::meant_for(const std::string& queue, const std::string& node, int most) {
  db::Statement count = database_.prepare(
      "SELECT count(*) FROM (SELECT 1 FROM oban_jobs WHERE state = 'available' AND queue = ? AND "
      "meta->>'node' = ? AND meta->>'node' LIKE 'heaters@%' LIMIT ?::int) AS found");
  count.bind(queue).bind(node).bind(most).step();
  return static_cast<int>(count.integer(0));
}

bool PostgresQueue::cancel(JobId id) {
  db::Statement update =
      database_.prepare("UPDATE oban_jobs SET state = 'cancelled', cancelled_at = " + std::string(now) +
                        " WHERE id = ? AND state NOT IN ('cancelled', 'completed', 'discarded')");
  update.bind(id).run();
  if (update.changes() == 0) return false;
  announce(database_, "signal", pkill_payload(id));
  return true;
}

bool PostgresQueue::retry(JobId id) {
  db::Statement update = database_.prepare(
      "UPDATE oban_jobs SET state = 'available', max_attempts = GREATEST(max_attempts, attempt + 1), "
      "scheduled_at = " +
      std::string(now) +
      ", completed_at = NULL, cancelled_at = NULL, discarded_at = NULL WHERE id = ? AND state NOT IN "
      "('available', 'executing') RETURNING queue");
  update.bind(id);
  if (!update.step()) return false;
  announce(database_, "insert", insert_payload(update.text(0)));
  return true;
}

}  // namespace heaters::jobs

#include "jobs/sqlite_queue.h"

#include <algorithm>
#include <tuple>

#include "base/id.h"
#include "base/json.h"
#include "db/sqlite.h"
#include "jobs/signal.h"

namespace heaters::jobs {

namespace {

std::string now() {
  return format_utc(utc_now());
}

std::string from_now(std::chrono::milliseconds delay) {
  return format_utc(utc_now() + delay);
}

// Bound as JSON and read by json_each: one statement for any number of them.
std::string json_list(const std::vector<std::string>& texts) {
  return Json(texts).dump();
}

std::vector<std::string> texts_of(const std::string& json) {
  std::vector<std::string> texts;
  const Json list = Json::parse(json, nullptr, false);
  for (const Json& each : list.is_array() ? list : Json::array()) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

// A counter in meta, which others may have made anything.
std::string counter(const std::string& key) {
  return "iif(json_type(meta, '$." + key + "') = 'integer', json_extract(meta, '$." + key + "'), 0)";
}

// The token tells claims apart, and so attempts.
std::string attempted_by(const std::string& node) {
  return json_list({node, new_ulid()});
}

std::string attempted_by(const std::string& node, const Lease& lease) {
  return json_list({node, lease.token});
}

// A job may be meant for one node for some time.
constexpr std::string_view is_for_node =
    "(json_extract(meta, '$.node') IS NULL OR json_extract(meta, '$.node') = ? OR "
    "coalesce(json_extract(meta, '$.node_until'), '') < ?)";

std::string claimable() {
  return "SELECT id FROM oban_jobs WHERE state = 'available' AND queue = ? AND attempt < max_attempts AND " +
         std::string(is_for_node) + " ORDER BY priority, scheduled_at, id LIMIT ?";
}

constexpr std::string_view claimed_columns =
    "id, queue, worker, args, meta, attempt, max_attempts, priority, attempted_by, scheduled_at";

constexpr std::string_view full_columns =
    "id, queue, worker, args, meta, attempt, max_attempts, priority, attempted_by, scheduled_at, state, "
    "tags, errors, inserted_at, attempted_at, coalesce(completed_at, cancelled_at, discarded_at)";

Job claimed_at(const db::Statement& row) {
  Job job;
  job.id = row.integer(0);
  job.state = JobState::Executing;
  job.queue = row.text(1);
  job.worker = row.text(2);
  job.args_json = row.text(3);
  job.meta_json = row.text(4);
  job.attempt = static_cast<int>(row.integer(5));
  job.max_attempts = static_cast<int>(row.integer(6));
  job.priority = static_cast<int>(row.integer(7));
  job.attempted_by = texts_of(row.text(8));
  job.scheduled_at = row.text(9);
  return job;
}

Job full_at(const db::Statement& row) {
  Job job = claimed_at(row);
  job.state = parse_job_state(row.text(10)).value_or(JobState::Suspended);
  job.tags = texts_of(row.text(11));
  const Json errors = Json::parse(row.text(12), nullptr, false);
  for (const Json& each : errors.is_array() ? errors : Json::array()) job.errors.push_back(job_error(each));
  job.inserted_at = row.text(13);
  job.attempted_at = row.optional_text(14);
  job.finished_at = row.optional_text(15);
  return job;
}

// RETURNING gives rows in any order.
void in_order_of_claim(std::vector<Job>& jobs) {
  std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
    return std::tie(a.priority, a.scheduled_at, a.id) < std::tie(b.priority, b.scheduled_at, b.id);
  });
}

}  // namespace

std::vector<Insertion> SqliteQueue::insert(std::span<const NewJob> jobs) {
  db::Statement insert = database_.prepare(
      "INSERT INTO oban_jobs (state, queue, worker, args, meta, tags, priority, max_attempts, inserted_at, "
      "scheduled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
  db::Statement last = database_.prepare("SELECT last_insert_rowid()");
  std::vector<Insertion> insertions;
  insertions.reserve(jobs.size());
  for (const NewJob& job : jobs) {
    const std::string at = now();
    insert.bind(job.scheduled_at ? "scheduled" : "available")
        .bind(job.queue)
        .bind(job.worker)
        .bind(job.args_json);
    insert.bind(stored_meta(job))
        .bind(json_list(job.tags))
        .bind(job.priority)
        .bind(job.max_attempts)
        .bind(at);
    insert.bind(job.scheduled_at ? format_utc(*job.scheduled_at) : at).run();
    if (insert.changes() == 1) {
      last.step();
      insertions.push_back({last.integer(0), false});
      last.run();
      continue;
    }
    db::Statement rival = database_.prepare(
        "SELECT id FROM oban_jobs WHERE worker = ? AND json_extract(meta, '$.heaters_unique') = ? AND state "
        "IN ('available', 'scheduled', 'executing', 'retryable')");
    rival.bind(job.worker).bind(job.unique_key).step();
    insertions.push_back({rival.integer(0), true});
  }
  return insertions;
}

std::vector<Job> SqliteQueue::claim(const std::string& queue, int limit, const std::string& node) {
  const std::string at = now();
  db::Statement claim = database_.prepare(
      "UPDATE oban_jobs SET state = 'executing', attempted_at = ?, attempted_by = ?, attempt = attempt + 1 "
      "WHERE id IN (" +
      claimable() + ") RETURNING " + std::string(claimed_columns));
  claim.bind(at).bind(attempted_by(node)).bind(queue).bind(node).bind(at).bind(limit);
  std::vector<Job> jobs;
  while (claim.step()) jobs.push_back(claimed_at(claim));
  in_order_of_claim(jobs);
  return jobs;
}

std::vector<Finish> SqliteQueue::finish(std::span<const Ending> endings, const std::string& node) {
  db::Statement complete = database_.prepare(
      "UPDATE oban_jobs SET state = 'completed', completed_at = ? WHERE id = ? AND state = 'executing' AND "
      "attempt = ? AND attempted_by = ?");
  db::Statement end = database_.prepare(
      "UPDATE oban_jobs SET state = ?1, completed_at = CASE WHEN ?1 = 'completed' THEN ?2 ELSE completed_at "
      "END, cancelled_at = CASE WHEN ?1 = 'cancelled' THEN ?2 ELSE cancelled_at END, discarded_at = CASE "
      "WHEN ?1 = 'discarded' THEN ?2 ELSE discarded_at END, scheduled_at = CASE WHEN ?1 IN ('retryable', "
      "'scheduled') THEN ?3 ELSE scheduled_at END, attempt = attempt - (?1 IN ('scheduled', 'available')), "
      "meta = CASE WHEN ?1 = 'scheduled' THEN json_set(meta, '$.snoozed', " +
      counter("snoozed") +
      " + 1) ELSE meta END, errors = CASE WHEN ?4 = '' THEN errors ELSE json_insert(errors, '$[#]', ?4) END "
      "WHERE id = ?5 AND state = 'executing' AND attempt = ?6 AND attempted_by = ?7");
  std::vector<Finish> finishes;
  for (const Ending& ending : endings) {
    const auto& [id, attempt, token] = ending.lease;
    const std::string by = attempted_by(node, ending.lease);
    const std::string error = ending.error.empty() ? "" : error_json(attempt, ending.error);
    db::Statement& update = ending.state == JobState::Completed ? complete : end;
    if (ending.state == JobState::Completed) {
      update.bind(now()).bind(id).bind(attempt).bind(by).run();
    } else {
      update.bind(to_string(ending.state)).bind(now()).bind(from_now(ending.delay)).bind(error).bind(id);
      update.bind(attempt).bind(by).run();
    }
    finishes.push_back(Finish::Written);
    if (update.changes() == 1) continue;
    db::Statement before = database_.prepare(
        "SELECT 1 FROM oban_jobs WHERE id = ? AND state = ? AND attempted_by = ? AND state <> 'executing'");
    before.bind(id).bind(to_string(ending.state)).bind(by);
    const bool is_there = before.step() && ending.state != JobState::Cancelled;
    finishes.back() = is_there ? Finish::WrittenBefore : Finish::LeaseLost;
    // Cancelled by an operator while it ran: the row stays so, and says what became of the attempt.
    if (finishes.back() == Finish::LeaseLost && !error.empty()) {
      database_
          .prepare(
              "UPDATE oban_jobs SET errors = json_insert(errors, '$[#]', ?) WHERE id = ? AND state = "
              "'cancelled' AND attempt = ? AND attempted_by = ?")
          .bind(error)
          .bind(id)
          .bind(attempt)
          .bind(by)
          .run();
    }
  }
  return finishes;
}

std::vector<Job> SqliteQueue::lock(const std::string& queue, int limit, const std::string& node) {
  // The write lock of the transaction holds every row.
  db::Statement select = database_.prepare(
      "SELECT id, queue, worker, args, meta, attempt + 1, max_attempts, priority, attempted_by, "
      "scheduled_at FROM oban_jobs WHERE id IN (" +
      claimable() + ")");
  select.bind(queue).bind(node).bind(now()).bind(limit);
  std::vector<Job> jobs;
  const std::vector<std::string> by = {node, new_ulid()};
  while (select.step()) {
    jobs.push_back(claimed_at(select));
    jobs.back().attempted_by = by;
  }
  in_order_of_claim(jobs);
  return jobs;
}

void SqliteQueue::complete_locked(std::span<const JobId> ids, const std::string& node) {
  const std::string at = now();
  db::Statement complete = database_.prepare(
      "UPDATE oban_jobs SET state = 'completed', attempt = attempt + 1, attempted_by = ?, attempted_at = ?, "
      "completed_at = ? WHERE id = ?");
  for (const JobId id : ids) complete.bind(attempted_by(node)).bind(at).bind(at).bind(id).run();
}

void SqliteQueue::start_locked(std::span<const Job> jobs, const std::string& node) {
  db::Statement start = database_.prepare(
      "UPDATE oban_jobs SET state = 'executing', attempt = attempt + 1, attempted_by = ?, attempted_at = ? "
      "WHERE id = ?");
  for (const Job& job : jobs) start.bind(attempted_by(node, job.lease())).bind(now()).bind(job.id).run();
}

std::vector<Lease> SqliteQueue::refresh(std::span<const Lease> leases, const std::string& node) {
  db::Statement update = database_.prepare(
      "UPDATE oban_jobs SET attempted_at = ? WHERE id = ? AND state = 'executing' AND attempt = ? AND "
      "attempted_by = ?");
  std::vector<Lease> lost;
  for (const Lease& lease : leases) {
    update.bind(now()).bind(lease.id).bind(lease.attempt).bind(attempted_by(node, lease)).run();
    if (update.changes() == 0) lost.push_back(lease);
  }
  return lost;
}

int SqliteQueue::give_back_unknown(const std::vector<std::string>& queues, std::span<const Lease> held,
                                   const std::string& node) {
  std::vector<std::string> known;
  for (const Lease& lease : held) known.push_back(attempted_by(node, lease));
  db::Statement update = database_.prepare(
      "UPDATE oban_jobs SET state = 'available', attempt = attempt - 1 WHERE state = 'executing' AND queue "
      "IN (SELECT value FROM json_each(?)) AND json_extract(attempted_by, '$[0]') = ? AND attempted_by NOT "
      "IN (SELECT value FROM json_each(?))");
  update.bind(json_list(queues)).bind(node).bind(json_list(known)).run();
  return static_cast<int>(update.changes());
}

bool SqliteQueue::adopt(const Lease& lease, const std::string& node, const std::string& args_json,
                        const std::string& unique_key) {
  db::Statement update = database_.prepare(
      "UPDATE oban_jobs SET args = ?, meta = json_set(meta, '$.heaters_unique', ?) WHERE id = ? AND state = "
      "'executing' AND attempt = ? AND attempted_by = ?");
  update.bind(args_json)
      .bind(unique_key)
      .bind(lease.id)
      .bind(lease.attempt)
      .bind(attempted_by(node, lease))
      .run();
  return update.changes() == 1;
}

void SqliteQueue::rewrite_args(const std::string& unique_key,
                               const std::function<std::string(const std::string&)>& rewrite) {
  db::Statement select = database_.prepare(
      "SELECT id, args FROM oban_jobs WHERE json_extract(meta, '$.heaters_unique') = ? ORDER BY id");
  select.bind(unique_key);
  std::vector<std::pair<JobId, std::string>> rewritten;
  while (select.step()) rewritten.emplace_back(select.integer(0), rewrite(select.text(1)));
  for (const auto& [id, args] : rewritten) {
    database_.prepare("UPDATE oban_jobs SET args = ? WHERE id = ?").bind(args).bind(id).run();
  }
}

void SqliteQueue::note_death(const std::string& node, const std::string& cause) {
  database_
      .prepare(
          "UPDATE oban_jobs SET errors = json_insert(errors, '$[#]', json_object('at', ?, 'attempt', "
          "attempt, "
          "'error', ?)) WHERE state = 'executing' AND json_extract(attempted_by, '$[0]') = ?")
      .bind(now())
      .bind(cause)
      .bind(node)
      .run();
}

int SqliteQueue::rescue(const std::vector<std::string>& queues) {
  // Attempts of others than us (an Elixir node in a queue of ours) have no row in job_nodes: age must do.
  constexpr std::string_view dead =
      "state = 'executing' AND queue IN (SELECT value FROM json_each(?)) AND CASE WHEN "
      "json_extract(attempted_by, '$[0]') LIKE 'heaters@%' THEN NOT EXISTS (SELECT 1 FROM job_nodes WHERE "
      "node = json_extract(attempted_by, '$[0]')) ELSE attempted_at < ? END";
  const std::string list = json_list(queues);
  const std::string too_old = from_now(-std::chrono::minutes(60));
  database_
      .prepare(
          "UPDATE oban_jobs SET state = 'discarded', discarded_at = ?, errors = json_insert(errors, '$[#]', "
          "json_object('at', ?, 'attempt', attempt, 'error', 'the node that ran the last attempt died')) "
          "WHERE attempt >= max_attempts AND " +
          std::string(dead))
      .bind(now())
      .bind(now())
      .bind(list)
      .bind(too_old)
      .run();
  const std::string before = counter("rescued");
  db::Statement rescue = database_.prepare(
      "UPDATE oban_jobs SET state = iif(" + before + " < 2, 'available', 'scheduled'), scheduled_at = iif(" +
      before +
      " < 2, scheduled_at, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now', printf('%d seconds', min(60, 1 << min(" +
      before + " - 2, 6))))), meta = json_set(meta, '$.rescued', " + before +
      " + 1) WHERE attempt < max_attempts AND " + std::string(dead));
  rescue.bind(list).bind(too_old).run();
  database_
      .prepare(
          "UPDATE oban_jobs SET meta = json_remove(meta, '$.node') WHERE state IN ('available', "
          "'scheduled', 'retryable') AND queue IN (SELECT value FROM json_each(?)) AND json_extract(meta, "
          "'$.node') LIKE 'heaters@%' AND NOT EXISTS (SELECT 1 FROM job_nodes WHERE node = "
          "json_extract(meta, '$.node'))")
      .bind(list)
      .run();
  return static_cast<int>(rescue.changes());
}

int SqliteQueue::stage(const std::vector<std::string>& queues) {
  // Looked at before the write lock is taken: there is seldom anything to do.
  constexpr std::string_view due =
      "state IN ('scheduled', 'retryable') AND queue IN (SELECT value FROM json_each(?)) AND scheduled_at "
      "<= ?";
  db::Statement any = database_.prepare("SELECT 1 FROM oban_jobs WHERE " + std::string(due) + " LIMIT 1");
  any.bind(json_list(queues)).bind(now());
  if (!any.step()) return 0;
  any.run();
  db::Statement stage =
      database_.prepare("UPDATE oban_jobs SET state = 'available' WHERE " + std::string(due));
  stage.bind(json_list(queues)).bind(now()).run();
  return static_cast<int>(stage.changes());
}

int SqliteQueue::prune(const std::vector<std::string>& queues, std::chrono::seconds completed_age,
                       std::chrono::seconds failed_age, int limit) {
  db::Statement remove = database_.prepare(
      "DELETE FROM oban_jobs WHERE id IN (SELECT id FROM oban_jobs WHERE queue IN (SELECT value FROM "
      "json_each(?1)) AND ((state = 'completed' AND completed_at < ?2) OR (state = 'cancelled' AND "
      "cancelled_at < ?3) OR (state = 'discarded' AND discarded_at < ?3)) LIMIT ?4)");
  remove.bind(json_list(queues)).bind(from_now(-completed_age)).bind(from_now(-failed_age)).bind(limit).run();
  return static_cast<int>(remove.changes());
}

std::optional<Job> SqliteQueue::find(JobId id) {
  db::Statement select =
      database_.prepare("SELECT " + std::string(full_columns) + " FROM oban_jobs WHERE id = ?");
  select.bind(id);
  if (!select.step()) return std::nullopt;
  return full_at(select);
}

std::optional<Job> SqliteQueue::latest(const std::string& unique_key) {
  db::Statement select =
      database_.prepare("SELECT " + std::string(full_columns) +
                        " FROM oban_jobs WHERE json_extract(meta, '$.heaters_unique') = ? ORDER BY state IN "
                        "('available', 'scheduled', 'executing', 'retryable') DESC, id DESC LIMIT 1");
  select.bind(unique_key);
  if (!select.step()) return std::nullopt;
  return full_at(select);
}

std::vector<std::string> SqliteQueue::without_job(std::span<const std::string> unique_keys) {
  db::Statement select = database_.prepare(
      "SELECT wanted.value FROM json_each(?) AS wanted WHERE NOT EXISTS (SELECT 1 FROM oban_jobs WHERE "
      "json_extract(meta, '$.heaters_unique') = wanted.value AND state <> 'completed') ORDER BY wanted.key");
  return select.bind(Json(unique_keys).dump()).texts();
}

std::vector<Job> SqliteQueue::list(const JobFilter& filter) {
  db::Statement select = database_.prepare(
      "SELECT " + std::string(full_columns) +
      " FROM oban_jobs WHERE (?1 = '' OR state = ?1) AND (?2 = '' OR queue = ?2) ORDER BY id DESC LIMIT ?3");
  select.bind(filter.state ? to_string(*filter.state) : "").bind(filter.queue).bind(filter.limit);
  std::vector<Job> jobs;
  while (select.step()) jobs.push_back(full_at(select));
  return jobs;
}

std::int64_t SqliteQueue::waiting(const std::vector<std::string>& queues, std::chrono::seconds horizon,
                                  const std::string& node) {
  db::Statement select = database_.prepare(
      "SELECT count(*) FROM oban_jobs WHERE queue IN (SELECT value FROM json_each(?)) AND (state = "
      "'available' OR (state IN ('scheduled', 'retryable') AND scheduled_at <= ?)) AND " +
      std::string(is_for_node));
  select.bind(json_list(queues)).bind(from_now(horizon)).bind(node).bind(now()).step();
  return select.integer(0);
}

int SqliteQueue::meant_for(const std::string& queue, const std::string& node, int most) {
  db::Statement count = database_.prepare(
      "SELECT count(*) FROM (SELECT 1 FROM oban_jobs WHERE state = 'available' AND queue = ? AND "
      "json_extract(meta, '$.node') = ? LIMIT ?) AS found");
  count.bind(queue).bind(node).bind(most).step();
  return static_cast<int>(count.integer(0));
}

bool SqliteQueue::cancel(JobId id) {
  db::Statement update = database_.prepare(
      "UPDATE oban_jobs SET state = 'cancelled', cancelled_at = ? WHERE id = ? AND state NOT IN "
      "('cancelled', 'completed', 'discarded')");
  update.bind(now()).bind(id).run();
  return update.changes() == 1;
}

bool SqliteQueue::retry(JobId id) {
  db::Statement update = database_.prepare(
      "UPDATE oban_jobs SET state = 'available', max_attempts = max(max_attempts, attempt + 1), "
      "scheduled_at = ?, completed_at = NULL, cancelled_at = NULL, discarded_at = NULL WHERE id = ? AND "
      "state NOT IN ('available', 'executing')");
  update.bind(now()).bind(id).run();
  return update.changes() == 1;
}

}  // namespace heaters::jobs

#include "jobs/nodes.h"

namespace heaters::jobs {

namespace {

// So many seconds ago, by the database's clock.
std::string ago(const db::Database& database) {
  return database.dialect() == db::Dialect::Postgres
             ? "clock_timestamp() - make_interval(secs => ?::float8)"
             : "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', printf('-%f seconds', ?))";
}

double seconds(std::chrono::milliseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

}  // namespace

void Nodes::beat(const std::string& node) {
  const std::string now = db::clock_sql(database_.dialect());
  database_
      .prepare("INSERT INTO job_nodes (node, started_at, seen_at) VALUES (?, " + now + ", " + now +
               ") ON CONFLICT (node) DO UPDATE SET seen_at = excluded.seen_at")
      .bind(node)
      .run();
}

void Nodes::forget(const std::string& node) {
  database_.prepare("DELETE FROM job_nodes WHERE node = ?").bind(node).run();
}

int Nodes::forget_silent(std::chrono::milliseconds silence) {
  db::Statement remove = database_.prepare("DELETE FROM job_nodes WHERE seen_at < " + ago(database_));
  remove.bind(seconds(silence)).run();
  return static_cast<int>(remove.changes());
}

std::int64_t Nodes::seen_within(std::chrono::milliseconds time) {
  db::Statement count =
      database_.prepare("SELECT count(*) FROM job_nodes WHERE seen_at >= " + ago(database_));
  count.bind(seconds(time)).step();
  return count.integer(0);
}

std::vector<std::string> Nodes::all() {
  return database_.prepare("SELECT node FROM job_nodes ORDER BY node").texts();
}

}  // namespace heaters::jobs

#include "jobs/nodes.h"

namespace heaters::jobs {

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
  db::Statement remove = database_.prepare(
      database_.dialect() == db::Dialect::Postgres
          ? "DELETE FROM job_nodes WHERE seen_at < clock_timestamp() - make_interval(secs => ?::float8)"
          : "DELETE FROM job_nodes WHERE seen_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', printf('-%f "
            "seconds', ?))");
  remove.bind(static_cast<double>(silence.count()) / 1000).run();
  return static_cast<int>(remove.changes());
}

std::int64_t Nodes::seen_within(std::chrono::milliseconds time) {
  db::Statement count = database_.prepare(database_.dialect() == db::Dialect::Postgres
                                              ? "SELECT count(*) FROM job_nodes WHERE seen_at >= "
                                                "clock_timestamp() - make_interval(secs => ?::float8)"
                                              : "SELECT count(*) FROM job_nodes WHERE seen_at >= "
                                                "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', printf('-%f "
                                                "seconds', ?))");
  count.bind(static_cast<double>(time.count()) / 1000).step();
  return count.integer(0);
}

std::vector<std::string> Nodes::all() {
  return database_.prepare("SELECT node FROM job_nodes ORDER BY node").texts();
}

}  // namespace heaters::jobs

// The part of PostgresQueue about nodes and the settings of queues, which are tables of our own.

#include "jobs/postgres_queue.h"
#include "jobs/signal.h"

namespace heaters::jobs {

void PostgresQueue::beat(const std::string& node) {
  database_
      .prepare(
          "INSERT INTO job_nodes (node) VALUES (?) ON CONFLICT (node) DO UPDATE SET seen_at = "
          "clock_timestamp()")
      .bind(node)
      .run();
}

void PostgresQueue::forget_node(const std::string& node) {
  database_.prepare("DELETE FROM job_nodes WHERE node = ?").bind(node).run();
}

std::vector<std::string> PostgresQueue::nodes() {
  db::Statement select = database_.prepare("SELECT node FROM job_nodes ORDER BY node");
  std::vector<std::string> found;
  while (select.step()) found.push_back(select.text(0));
  return found;
}

int PostgresQueue::forget_silent_nodes(std::chrono::milliseconds silence) {
  db::Statement remove = database_.prepare(
      "DELETE FROM job_nodes WHERE seen_at < clock_timestamp() - make_interval(secs => ?::float8)");
  remove.bind(static_cast<double>(silence.count()) / 1000).run();
  return static_cast<int>(remove.changes());
}

bool PostgresQueue::take_cron_minute(const std::string& name, UtcTime at) {
  db::Statement take = database_.prepare(
      "INSERT INTO job_cron (name, last_at) VALUES (?, ?::timestamptz) ON CONFLICT (name) DO UPDATE SET "
      "last_at = "
      "excluded.last_at WHERE job_cron.last_at < excluded.last_at");
  take.bind(name).bind(format_utc(at)).run();
  return take.changes() == 1;
}

void PostgresQueue::set_paused(const std::string& queue, bool is_paused) {
  database_
      .prepare(
          "INSERT INTO job_queues (queue, is_paused) VALUES (?, ?) ON CONFLICT (queue) DO UPDATE SET "
          "is_paused = "
          "excluded.is_paused")
      .bind(queue)
      .bind(is_paused)
      .run();
  notify("signal", pause_payload(queue, is_paused));
}

void PostgresQueue::set_max_running(const std::string& queue, int max_running) {
  database_
      .prepare(
          "INSERT INTO job_queues (queue, max_running) VALUES (?, ?::int) ON CONFLICT (queue) DO UPDATE SET "
          "max_running = excluded.max_running")
      .bind(queue)
      .bind(max_running)
      .run();
  notify("signal", scale_payload(queue, max_running));
}

std::map<std::string, QueueSetting> PostgresQueue::settings() {
  db::Statement select = database_.prepare("SELECT queue, is_paused, max_running FROM job_queues");
  std::map<std::string, QueueSetting> found;
  while (select.step()) {
    QueueSetting& setting = found[select.text(0)];
    setting.is_paused = select.integer(1) != 0;
    if (const auto most = select.optional_integer(2)) setting.max_running = static_cast<int>(*most);
  }
  return found;
}

}  // namespace heaters::jobs

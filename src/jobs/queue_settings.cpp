#include "jobs/queue_settings.h"

#include "jobs/signal.h"

namespace heaters::jobs {

void QueueSettings::set_paused(const std::string& queue, bool is_paused) {
  database_
      .prepare(
          "INSERT INTO job_queues (queue, is_paused) VALUES (?, ?) ON CONFLICT (queue) DO UPDATE SET "
          "is_paused = excluded.is_paused")
      .bind(queue)
      .bind(is_paused)
      .run();
  announce(database_, "signal", pause_payload(queue, is_paused));
}

void QueueSettings::set_max_running(const std::string& queue, int max_running) {
  database_
      .prepare(
          "INSERT INTO job_queues (queue, max_running) VALUES (?, ?) ON CONFLICT (queue) DO UPDATE SET "
          "max_running = excluded.max_running")
      .bind(queue)
      .bind(max_running)
      .run();
  announce(database_, "signal", scale_payload(queue, max_running));
}

std::map<std::string, QueueSetting> QueueSettings::all() {
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

#pragma once

#include <map>
#include <optional>
#include <string>

#include "db/database.h"

namespace heaters::jobs {

struct QueueSetting {
  bool is_paused = false;
  std::optional<int> max_running;  // per node; nullopt: as the worker was started
};

// What operators set for queues, kept for workers that start later and announced, on PostgreSQL, to those
// that run, on Oban's channel `signal`. Borrows a connection. Not thread-safe. Throws Error as db::Database
// does.
class QueueSettings {
 public:
  explicit QueueSettings(db::Database& database) : database_(database) {}

  void set_paused(const std::string& queue, bool is_paused);
  void set_max_running(const std::string& queue, int max_running);
  // Of the queues that have any.
  std::map<std::string, QueueSetting> all();

 private:
  db::Database& database_;
};

}  // namespace heaters::jobs

#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "db/database.h"
#include "jobs/signal.h"

namespace heaters::jobs {

// Why a wait ended.
struct News {
  bool has_everything_changed = false;  // anything may have happened in any queue
  std::set<std::string> queues;         // have new jobs
  std::vector<Signal> signals;
  // Queues may have been told something while nobody listened.
  bool may_have_missed_signals = false;
};

// Lets a worker sleep until something concerns it: on PostgreSQL by LISTEN on Oban's channels, on SQLite by
// watching the write-ahead log for changes of others. wait() belongs to one thread, the one whose connection
// it borrows; nudge() may be called from any.
class Wakeup {
 public:
  virtual ~Wakeup() = default;

  // Returns at the latest after `most`.
  virtual News wait(std::chrono::milliseconds most) = 0;
  // Ends the current wait, or the next one.
  void nudge();

 protected:
  Wakeup();
  // Waits for a nudge or for `other` to become readable. Whether it was a nudge.
  bool poll(int other, std::chrono::milliseconds most);

 private:
  FileDescriptor event_;
};

std::unique_ptr<Wakeup> make_wakeup(db::Database& database, const std::string& node);

}  // namespace heaters::jobs

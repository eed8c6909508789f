#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "db/database.h"

namespace heaters::jobs {

// Who is alive: a row per worker process, refreshed while it lives, by the database's clock. Borrows a
// connection. Not thread-safe. Throws Error as db::Database does.
class Nodes {
 public:
  explicit Nodes(db::Database& database) : database_(database) {}

  // The node lives.
  void beat(const std::string& node);
  void forget(const std::string& node);
  // Those that were not seen for so long. Returns how many.
  int forget_silent(std::chrono::milliseconds silence);
  std::vector<std::string> all();
  // How many were seen lately.
  std::int64_t seen_within(std::chrono::milliseconds time);

 private:
  db::Database& database_;
};

}  // namespace heaters::jobs

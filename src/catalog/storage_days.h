#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "db/database.h"

namespace heaters::catalog {

struct StoredBytes {
  std::string day;  // "2026-01-31", UTC
  std::string storage_class;
  std::int64_t objects = 0;
  std::int64_t bytes = 0;
};

// What is stored, by class, and was on each day that somebody asked. Counting reads a row for each object, so
// it is done again only after a minute, or a thousand times as long as it took. Borrows a connection. Not
// thread-safe. Throws Error as db::Database does.
class StorageDays {
 public:
  explicit StorageDays(db::Database& database) : database_(database) {}

  // Counts again when it is time to; of several who ask at once, one does.
  void count();
  // As it was counted last, by class.
  std::vector<StoredBytes> latest();
  // By day and class.
  std::vector<StoredBytes> days(const std::string& since);

 private:
  bool is_due();
  bool claim(const std::string& now);
  std::vector<StoredBytes> read(const std::string& where, const std::string& value);

  db::Database& database_;
};

}  // namespace heaters::catalog

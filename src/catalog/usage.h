#pragma once

#include <cstdint>
#include <string>

#include "base/store_usage.h"
#include "db/database.h"

namespace heaters::catalog {

// What work used.
struct Usage {
  StoreUsage store;
  double cpu_seconds = 0;
  double wall_seconds = 0;
  double queue_seconds = 0;  // from when the job could run to when it did
  std::int64_t frames_decoded = 0;
  std::int64_t frames_encoded = 0;

  Usage& operator+=(const Usage& other);
};

// The columns that tables hold it in, in the order of the two functions below: each through `form`, in which
// {} is the column, joined by commas.
std::string usage_columns(std::string_view form = "{}");
void bind_usage(db::Statement& statement, const Usage& usage);
Usage usage_at(const db::Statement& row, int first_column);

}  // namespace heaters::catalog

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/stage_days.h"
#include "catalog/usage.h"
#include "catalog/video.h"
#include "db/database.h"

namespace heaters::catalog {

struct CostEntry {
  std::string video_id;
  std::string stage;
  std::string node;
  Usage usage;
  AttemptEnd end = AttemptEnd::Done;
};

struct VideoCost {
  std::string video_id;
  std::map<std::string, Usage> by_stage;
  std::map<std::string, std::int64_t> bytes_stored;  // by storage class

  Usage total() const;
};

// The cost ledger: one entry per attempt of a stage, appended in the transaction that ends the attempt,
// and counted into the sums of its day (catalog/stage_days.h).
// Borrows the connection. Not thread-safe.
class CostLedger {
 public:
  explicit CostLedger(db::Database& database) : database_(database) {}

  void add(const CostEntry& entry);
  // Of one video, or of all that have an entry or an artifact, newest first.
  std::vector<VideoCost> costs(const std::optional<VideoId>& id);

 private:
  db::Database& database_;
};

}  // namespace heaters::catalog

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "catalog/video.h"
#include "db/database.h"

namespace heaters::review {

// Who has which clip on screen: for a short time, renewed while it is, by the database's clock. Nobody else
// can decide about the clip meanwhile. Borrows the connection; works in whatever transaction is open on it.
// Not thread-safe. Throws Error as db::Database does.
class Leases {
 public:
  // `reviewer` has been noted with note_reviewer().
  Leases(db::Database& database, std::string reviewer,
         std::chrono::milliseconds lifetime = std::chrono::seconds(45));

  // Takes or renews the lease; false when another reviewer has it.
  bool take(const catalog::ClipId& clip);
  void release(const std::vector<catalog::ClipId>& clips);
  // Another reviewer who has it.
  std::optional<std::string> other_holder(const catalog::ClipId& clip);

 private:
  db::Database& database_;
  std::string reviewer_;
  std::chrono::milliseconds lifetime_;
};

// Makes sure that there is a row of this reviewer, and locks it until the transaction ends.
void note_reviewer(db::Database& database, const std::string& reviewer);

}  // namespace heaters::review

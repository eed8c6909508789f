#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "catalog/video.h"
#include "db/database.h"
#include "review/leases.h"

namespace heaters::review {

enum class QueueOrder {
  Time,      // by video, oldest first, then by time
  Newest,    // by video, newest first, then by time
  Score,     // the least certain cuts first, those that people placed last
  Shortest,  // clips
  Longest
};

std::optional<QueueOrder> parse_queue_order(std::string_view text);  // "time", "newest", ...

// Which clips. What is not set does not matter.
struct ClipFilter {
  std::optional<catalog::VideoId> video;
  // nullopt: undecided ones.
  std::optional<catalog::Decision> decision;
  std::optional<double> min_score;
  std::optional<double> max_score;
  std::optional<double> min_seconds;
  std::optional<double> max_seconds;
};

struct QueuedClip {
  catalog::VideoId video_id;
  catalog::Clip clip;
};

// Hands out clips to review. Borrows the connection, which has no open transaction. Not thread-safe. Throws
// Error as db::Database does.
class ReviewQueue {
 public:
  ReviewQueue(db::Database& database, std::string reviewer);

  // The next clips, leased to this reviewer: at most `count`, fewer when there are no more that nobody else
  // has. Without those in `exclude`.
  std::vector<QueuedClip> take(const ClipFilter& filter, QueueOrder order, int count,
                               const std::vector<catalog::ClipId>& exclude);

  // How many match, whoever has them on screen; counts to `most` at most.
  std::int64_t count(const ClipFilter& filter, std::int64_t most);

 private:
  std::vector<QueuedClip> candidates(const ClipFilter& filter, QueueOrder order, int count,
                                     const std::vector<catalog::ClipId>& exclude);

  db::Database& database_;
  std::string reviewer_;
};

}  // namespace heaters::review

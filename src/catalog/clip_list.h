#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/clip_filter.h"
#include "catalog/video.h"
#include "db/database.h"

namespace heaters::catalog {

// What tells which of several clips that are nearly the same is the one to keep. Sorts worthiest first: the
// approved one, else that of most pixels, else the longest, else the older one.
struct ClipWorth {
  ClipId id;
  bool is_approved = false;
  std::int64_t pixels = 0;
  double seconds = 0;

  bool operator<(const ClipWorth& other) const;
};

// Clips across videos. Borrows the connection; not thread-safe. For one request: what it has learnt of a
// title it does not ask again.
class ClipList {
 public:
  explicit ClipList(db::Database& database) : database_(database) {}

  // All that the filter lets through, by id.
  std::vector<ClipId> ids(const ClipFilter& filter);
  // A page of them: those of the newest submission first, by time.
  std::vector<PlacedClip> page(const ClipFilter& filter, int limit, int offset);
  // No more than `most` are counted.
  std::int64_t count(const ClipFilter& filter, std::int64_t most);
  // Of all that the filter lets through, worthiest first.
  std::vector<ClipWorth> worths(const ClipFilter& filter);

 private:
  // SQL from "FROM" on, what comes before the statement, and what binds the values of both.
  struct Selection {
    std::string with;
    std::string from;
    std::function<void(db::Statement&)> bind;
  };
  Selection select(const ClipFilter& filter);
  db::Statement prepare(const ClipFilter& filter, const std::string& sql);
  bool is_rare(const TitleQuery& title);
  std::string from_filtered(const ClipFilter& filter, bool with_videos = true);

  db::Database& database_;
  std::optional<std::pair<TitleQuery, bool>> rare_;
};

}  // namespace heaters::catalog

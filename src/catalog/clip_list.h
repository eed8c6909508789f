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

  // How to look for what was typed as a title: by words where a clip that the other conditions let through
  // has them, else as a part.
  TitleQuery look_for(const std::string& typed, const ClipFilter& others);

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
  enum class Videos { WhereNeeded, Always };
  Selection passing(const ClipFilter& filter, Videos videos);
  Selection by_title(const ClipFilter& filter);
  Selection all_of(const ClipFilter& filter, Videos videos);
  db::Statement prepare(const ClipFilter& filter, const std::string& sql);
  std::int64_t titled(const TitleQuery& title);

  db::Database& database_;
  std::optional<std::pair<TitleQuery, std::int64_t>> titled_;
};

}  // namespace heaters::catalog

#pragma once

#include <optional>
#include <string>

#include "catalog/title_query.h"
#include "catalog/video.h"
#include "db/database.h"

namespace heaters::catalog {

// Which clips a list or a search is about. Absent members do not narrow it.
struct ClipFilter {
  std::optional<VideoId> video_id;
  TitleQuery title;  // of the video
  std::optional<Decision> decision;
  bool is_undecided = false;
  std::optional<double> least_seconds;
  std::optional<double> most_seconds;
  std::optional<std::string> ingested_after;  // times as the catalog has them
  std::optional<std::string> ingested_before;

  bool is_empty() const { return *this == ClipFilter(); }
  bool operator==(const ClipFilter&) const = default;
};

// As it is asked of a database: conditions on `clips` and `videos`, each with " AND " before it, and what is
// to be bound to their question marks.
std::string conditions(db::Dialect dialect, const ClipFilter& filter);
// Whether any of them is on `videos`.
bool looks_at_videos(const ClipFilter& filter);
void bind_conditions(db::Statement& statement, db::Dialect dialect, const ClipFilter& filter);

// How long a clip is, of the same two tables.
inline constexpr const char* length_in_seconds =
    "(clips.end_frame - clips.begin_frame) * videos.duration_seconds / videos.frame_count";

}  // namespace heaters::catalog

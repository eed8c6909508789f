#include "catalog/clip_filter.h"

namespace heaters::catalog {

std::string conditions(db::Dialect dialect, const ClipFilter& filter) {
  std::string text;
  const std::string length = length_in_seconds;
  if (filter.video_id) text += " AND clips.video_id = ?";
  if (!filter.title.text.empty())
    text += " AND " + condition(dialect, TitleTable::Videos, filter.title, WordAccess::Passing);
  if (filter.decision) text += " AND clips.decision = ?";
  if (filter.is_undecided) text += " AND clips.decision IS NULL";
  if (filter.least_seconds) text += " AND " + length + " >= ?";
  if (filter.most_seconds) text += " AND " + length + " <= ?";
  if (filter.ingested_after) text += " AND videos.created_at >= ?";
  if (filter.ingested_before) text += " AND videos.created_at < ?";
  return text;
}

bool looks_at_videos(const ClipFilter& filter) {
  return !filter.title.text.empty() || filter.least_seconds || filter.most_seconds || filter.ingested_after ||
         filter.ingested_before;
}

void bind_conditions(db::Statement& statement, db::Dialect dialect, const ClipFilter& filter) {
  if (filter.video_id) statement.bind(filter.video_id->text());
  if (!filter.title.text.empty()) bind_condition(statement, dialect, TitleTable::Videos, filter.title);
  if (filter.decision) statement.bind(to_string(*filter.decision));
  if (filter.least_seconds) statement.bind(*filter.least_seconds);
  if (filter.most_seconds) statement.bind(*filter.most_seconds);
  if (filter.ingested_after) statement.bind(*filter.ingested_after);
  if (filter.ingested_before) statement.bind(*filter.ingested_before);
}

}  // namespace heaters::catalog

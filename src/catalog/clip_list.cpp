#include "catalog/clip_list.h"

#include <algorithm>

#include "base/check.h"
#include "catalog/catalog.h"
#include "catalog/like_pattern.h"

namespace heaters::catalog {

namespace {

constexpr const char* length_in_seconds =
    "(clips.end_frame - clips.begin_frame) * videos.duration_seconds / videos.frame_count";

std::string from_filtered(const ClipFilter& filter) {
  std::string text = " FROM clips JOIN videos ON videos.id = clips.video_id WHERE 1 = 1";
  const std::string length = length_in_seconds;
  if (filter.video_id) text += " AND clips.video_id = ?";
  if (!filter.title.empty()) text += " AND lower(videos.title) LIKE ? ESCAPE '!'";
  if (filter.decision) text += " AND clips.decision = ?";
  if (filter.is_undecided) text += " AND clips.decision IS NULL";
  if (filter.least_seconds) text += " AND " + length + " >= ?";
  if (filter.most_seconds) text += " AND " + length + " <= ?";
  if (filter.ingested_after) text += " AND videos.created_at >= ?";
  if (filter.ingested_before) text += " AND videos.created_at < ?";
  return text;
}

void bind_filter(db::Statement& statement, const ClipFilter& filter) {
  if (filter.video_id) statement.bind(filter.video_id->text());
  if (!filter.title.empty()) statement.bind(like_pattern(filter.title));
  if (filter.decision) statement.bind(to_string(*filter.decision));
  if (filter.least_seconds) statement.bind(*filter.least_seconds);
  if (filter.most_seconds) statement.bind(*filter.most_seconds);
  if (filter.ingested_after) statement.bind(*filter.ingested_after);
  if (filter.ingested_before) statement.bind(*filter.ingested_before);
}

ClipId id_in_first(const db::Statement& row) {
  const auto id = ClipId::parse(row.text(0));
  HEATERS_CHECK(id.has_value());
  return *id;
}

}  // namespace

bool ClipWorth::operator<(const ClipWorth& other) const {
  if (is_approved != other.is_approved) return is_approved;
  if (pixels != other.pixels) return pixels > other.pixels;
  if (seconds != other.seconds) return seconds > other.seconds;
  return id.text() < other.id.text();
}

std::vector<ClipId> ClipList::ids(const ClipFilter& filter) {
  db::Statement rows = database_.prepare("SELECT clips.id" + from_filtered(filter) + " ORDER BY clips.id");
  bind_filter(rows, filter);
  std::vector<ClipId> found;
  while (rows.step()) found.push_back(id_in_first(rows));
  return found;
}

std::vector<PlacedClip> ClipList::page(const ClipFilter& filter, int limit, int offset) {
  db::Statement rows = database_.prepare(
      "SELECT clips.video_id, clips.id, clips.begin_frame, clips.end_frame, clips.begin_kind, clips.score, "
      "clips.decision, clips.is_grouped" +
      from_filtered(filter) +
      " ORDER BY videos.created_at DESC, clips.video_id, clips.begin_frame LIMIT ? OFFSET ?");
  bind_filter(rows, filter);
  rows.bind(limit).bind(offset);
  std::vector<PlacedClip> found;
  while (rows.step()) {
    const auto id = VideoId::parse(rows.text(0));
    HEATERS_CHECK(id.has_value());
    found.push_back({*id, clip_at(rows, 1)});
  }
  return found;
}

std::int64_t ClipList::count(const ClipFilter& filter) {
  db::Statement rows = database_.prepare("SELECT count(*)" + from_filtered(filter));
  bind_filter(rows, filter);
  HEATERS_CHECK(rows.step());
  return rows.integer(0);
}

std::vector<ClipWorth> ClipList::worths(const ClipFilter& filter) {
  db::Statement rows = database_.prepare("SELECT clips.id, clips.decision, videos.width, videos.height, " +
                                         std::string(length_in_seconds) + from_filtered(filter));
  bind_filter(rows, filter);
  std::vector<ClipWorth> found;
  while (rows.step()) {
    found.push_back({.id = id_in_first(rows),
                     .is_approved = rows.optional_text(1) == to_string(Decision::Approved),
                     .pixels = rows.integer(2) * rows.integer(3),
                     .seconds = rows.real(4)});
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace heaters::catalog

#include "catalog/clip_list.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "catalog/catalog.h"

namespace heaters::catalog {

namespace {

ClipId id_in_first(const db::Statement& row) {
  const auto id = ClipId::parse(row.text(0));
  HEATERS_CHECK(id.has_value());
  return *id;
}

}  // namespace

// Videos only where the filter looks at them.
std::string ClipList::from_filtered(const ClipFilter& filter, bool with_videos) {
  return std::string(" FROM clips") + (with_videos ? " JOIN videos ON videos.id = clips.video_id" : "") +
         " WHERE 1 = 1" + conditions(database_.dialect(), filter);
}

bool ClipWorth::operator<(const ClipWorth& other) const {
  if (is_approved != other.is_approved) return is_approved;
  if (pixels != other.pixels) return pixels > other.pixels;
  if (seconds != other.seconds) return seconds > other.seconds;
  return id.text() < other.id.text();
}

std::vector<ClipId> ClipList::ids(const ClipFilter& filter) {
  db::Statement rows = prepare(filter, "SELECT clips.id" + from_filtered(filter) + " ORDER BY clips.id");
  bind_conditions(rows, database_.dialect(), filter);
  std::vector<ClipId> found;
  while (rows.step()) found.push_back(id_in_first(rows));
  return found;
}

db::Statement ClipList::prepare(const ClipFilter& filter, const std::string& sql) {
  return filter.title.text.empty() ? database_.prepare(sql) : database_.prepare_once(sql);
}

// Whether so few videos have the title that they are found first, and then their clips.
bool ClipList::is_rare(const TitleQuery& title) {
  if (title.text.empty()) return false;
  if (title.is_by_words) return !title.is_common;
  if (!rare_ || rare_->first != title) {
    db::Statement count = database_.prepare_once("SELECT count(*) FROM (SELECT 1 FROM videos WHERE " +
                                                 condition(database_.dialect(), TitleTable::Videos, title) +
                                                 " LIMIT ?) AS found");
    bind_condition(count, database_.dialect(), TitleTable::Videos, title);
    count.bind(few_matches + 1).step();
    rare_ = {title, count.integer(0) <= few_matches};
  }
  return rare_->second;
}

// The clips that the filter lets through. Those of few videos are found by these: in the wanted order until a
// page is full, all clips would be looked at.
ClipList::Selection ClipList::select(const ClipFilter& filter) {
  const db::Dialect dialect = database_.dialect();
  if (!is_rare(filter.title)) {
    return {"", from_filtered(filter, looks_at_videos(filter)),
            [filter, dialect](db::Statement& statement) { bind_conditions(statement, dialect, filter); }};
  }
  ClipFilter others = filter;
  others.title = {};
  // The limit lets no one through less, and tells the database how few there are.
  return {fmt::format("WITH titled AS MATERIALIZED (SELECT * FROM videos WHERE {} LIMIT {}) ",
                      condition(dialect, TitleTable::Videos, filter.title), few_matches),
          " FROM titled AS videos JOIN clips ON clips.video_id = videos.id WHERE 1 = 1" +
              conditions(dialect, others),
          [filter, others, dialect](db::Statement& statement) {
            bind_condition(statement, dialect, TitleTable::Videos, filter.title);
            bind_conditions(statement, dialect, others);
          }};
}

std::vector<PlacedClip> ClipList::page(const ClipFilter& filter, int limit, int offset) {
  const Selection chosen = select(filter);
  const std::string order = " ORDER BY video_id DESC, begin_frame LIMIT ? OFFSET ?";
  // Where a clip ends is looked up for those of the page, not for all that could be on it.
  const std::string wanted =
      chosen.with.empty()
          ? "SELECT clips.id" + chosen.from + order
          : chosen.with + ", few AS MATERIALIZED (SELECT clips.id, clips.video_id, clips.begin_frame" +
                chosen.from + ") SELECT id FROM few" + order;
  db::Statement rows = prepare(
      filter,
      "SELECT clips.video_id, clips.id, clips.begin_frame, clips.end_frame, clips.begin_kind, clips.score, "
      "clips.decision, clips.is_grouped FROM clips WHERE clips.id IN (" +
          wanted + ") ORDER BY clips.video_id DESC, clips.begin_frame");
  chosen.bind(rows);
  rows.bind(limit).bind(offset);
  std::vector<PlacedClip> found;
  while (rows.step()) {
    const auto id = VideoId::parse(rows.text(0));
    HEATERS_CHECK(id.has_value());
    found.push_back({*id, clip_at(rows, 1)});
  }
  return found;
}

std::int64_t ClipList::count(const ClipFilter& filter, std::int64_t most) {
  const Selection chosen = select(filter);
  db::Statement rows =
      prepare(filter, chosen.with + "SELECT count(*) FROM (SELECT 1" + chosen.from + " LIMIT ?) AS found");
  chosen.bind(rows);
  rows.bind(most);
  HEATERS_CHECK(rows.step());
  return rows.integer(0);
}

std::vector<ClipWorth> ClipList::worths(const ClipFilter& filter) {
  db::Statement rows = prepare(filter, "SELECT clips.id, clips.decision, videos.width, videos.height, " +
                                           std::string(length_in_seconds) + from_filtered(filter));
  bind_conditions(rows, database_.dialect(), filter);
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

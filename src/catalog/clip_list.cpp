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

bool ClipWorth::operator<(const ClipWorth& other) const {
  if (is_approved != other.is_approved) return is_approved;
  if (pixels != other.pixels) return pixels > other.pixels;
  if (seconds != other.seconds) return seconds > other.seconds;
  return id.text() < other.id.text();
}

std::vector<ClipId> ClipList::ids(const ClipFilter& filter) {
  const Selection chosen = all_of(filter, Videos::WhereNeeded);
  db::Statement rows = prepare(filter, chosen.with + "SELECT clips.id" + chosen.from + " ORDER BY clips.id");
  chosen.bind(rows);
  std::vector<ClipId> found;
  while (rows.step()) found.push_back(id_in_first(rows));
  return found;
}

db::Statement ClipList::prepare(const ClipFilter& filter, const std::string& sql) {
  return filter.title.text.empty() ? database_.prepare(sql) : database_.prepare_once(sql);
}

TitleQuery ClipList::look_for(const std::string& typed, const ClipFilter& others) {
  ClipFilter filter = others;
  filter.title = title_query(database_, TitleTable::Videos, typed);
  // Words that only others have than those that are let through: then a part may be meant.
  if (filter.title.is_by_words && !others.is_empty() && count(filter, 1) == 0) return part_query(typed);
  return filter.title;
}

// How many videos have the title, as far as it matters.
std::int64_t ClipList::titled(const TitleQuery& title) {
  if (title.is_by_words) return title.matches.value_or(few_with_words + 1);
  if (!titled_ || titled_->first != title) {
    db::Statement count = database_.prepare_once(
        "SELECT count(*) FROM (SELECT 1 FROM videos WHERE " +
        condition(database_.dialect(), TitleTable::Videos, title, WordAccess::Index) + " LIMIT ?) AS found");
    bind_condition(count, database_.dialect(), TitleTable::Videos, title);
    count.bind(few_matches + 1).step();
    titled_ = {title, count.integer(0)};
  }
  return titled_->second;
}

ClipList::Selection ClipList::passing(const ClipFilter& filter, Videos videos) {
  const db::Dialect dialect = database_.dialect();
  const bool is_with_videos = videos == Videos::Always || looks_at_videos(filter);
  return {"",
          std::string(" FROM clips") + (is_with_videos ? " JOIN videos ON videos.id = clips.video_id" : "") +
              " WHERE 1 = 1" + conditions(dialect, filter),
          [filter, dialect](db::Statement& statement) { bind_conditions(statement, dialect, filter); }};
}

// By the videos that have the title. How many they can be tells the database how to go on.
ClipList::Selection ClipList::by_title(const ClipFilter& filter) {
  const db::Dialect dialect = database_.dialect();
  ClipFilter others = filter;
  others.title = {};
  const std::int64_t most = titled(filter.title);
  return {fmt::format("WITH titled AS MATERIALIZED (SELECT * FROM videos WHERE {}{}) ",
                      condition(dialect, TitleTable::Videos, filter.title, WordAccess::Index),
                      most <= few_matches ? fmt::format(" LIMIT {}", few_matches) : ""),
          " FROM titled AS videos JOIN clips ON clips.video_id = videos.id WHERE 1 = 1" +
              conditions(dialect, others),
          [filter, others, dialect](db::Statement& statement) {
            bind_condition(statement, dialect, TitleTable::Videos, filter.title);
            bind_conditions(statement, dialect, others);
          }};
}

ClipList::Selection ClipList::all_of(const ClipFilter& filter, Videos videos) {
  const TitleQuery& title = filter.title;
  const bool is_by_title =
      !title.text.empty() && (title.is_by_words ? title.matches.has_value() : titled(title) <= few_matches);
  return is_by_title ? by_title(filter) : passing(filter, videos);
}

std::vector<PlacedClip> ClipList::page(const ClipFilter& filter, int limit, int offset) {
  // Of few videos the clips are found first and then ordered: in the wanted order until the page is full, all
  // would be looked at.
  const bool is_by_title = !filter.title.text.empty() && titled(filter.title) <= few_matches;
  const Selection chosen = is_by_title ? by_title(filter) : passing(filter, Videos::WhereNeeded);
  const std::string order = " ORDER BY video_id DESC, begin_frame LIMIT ? OFFSET ?";
  // Where a clip ends is looked up for those of the page, not for all that could be on it.
  const std::string wanted =
      is_by_title
          ? chosen.with + ", few AS MATERIALIZED (SELECT clips.id, clips.video_id, clips.begin_frame" +
                chosen.from + ") SELECT id FROM few" + order
          : "SELECT clips.id" + chosen.from + order;
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
  const Selection chosen = all_of(filter, Videos::WhereNeeded);
  db::Statement rows =
      prepare(filter, chosen.with + "SELECT count(*) FROM (SELECT 1" + chosen.from + " LIMIT ?) AS found");
  chosen.bind(rows);
  rows.bind(most);
  HEATERS_CHECK(rows.step());
  return rows.integer(0);
}

std::vector<ClipWorth> ClipList::worths(const ClipFilter& filter) {
  const Selection chosen = all_of(filter, Videos::Always);
  db::Statement rows =
      prepare(filter, chosen.with + "SELECT clips.id, clips.decision, videos.width, videos.height, " +
                          length_in_seconds + chosen.from);
  chosen.bind(rows);
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

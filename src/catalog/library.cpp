#include "catalog/library.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "catalog/like_pattern.h"

namespace heaters::catalog {

namespace {

constexpr std::array<std::pair<std::string_view, LibrarySort>, 5> sorts{
    {{"newest", LibrarySort::Newest},
     {"oldest", LibrarySort::Oldest},
     {"title", LibrarySort::Title},
     {"longest", LibrarySort::Longest},
     {"undecided", LibrarySort::Undecided}}};

constexpr std::string_view undecided_sql =
    "(SELECT count(*) FROM cuts WHERE cuts.video_id = s.video_id AND cuts.decision IS NULL)";

// Ids sort by the time they were made.
std::string order_sql(LibrarySort sort) {
  switch (sort) {
    case LibrarySort::Newest:
      return "s.video_id DESC";
    case LibrarySort::Oldest:
      return "s.video_id";
    case LibrarySort::Title:
      return "substr(lower(s.title), 1, 200), s.video_id";
    case LibrarySort::Longest:  // of few; see longest_sql
      return "coalesce(v.duration_seconds, 0) DESC, s.video_id DESC";
    case LibrarySort::Undecided:
      return std::string(undecided_sql) + " DESC, s.video_id DESC";
  }
  return "";
}

std::string where_sql(const LibraryQuery& query) {
  std::string where = "1 = 1";
  if (!query.text.empty()) {
    where += " AND (lower(s.title) LIKE ? ESCAPE '!' OR lower(s.origin) LIKE ? ESCAPE '!')";
  }
  if (query.state == "working") {
    where += " AND s.state IN ('queued', 'acquired', 'ingested')";
  } else if (query.state) {
    where += " AND s.state = ?";
  }
  return where;
}

// As many of either kind as the page and all before it could hold, each by its own index: ordered together,
// all would be.
std::string longest_sql(const LibraryQuery& query) {
  const std::string where = where_sql(query);
  return "SELECT video_id FROM (SELECT * FROM (SELECT s.video_id, v.duration_seconds AS seconds FROM videos "
         "AS v "
         "JOIN submissions AS s ON s.video_id = v.id WHERE " +
         where +
         " ORDER BY v.duration_seconds DESC, v.id DESC LIMIT ?) AS whole UNION ALL SELECT * FROM (SELECT "
         "s.video_id, 0 AS seconds FROM submissions AS s WHERE s.state IN ('queued', 'acquired', 'ingested', "
         "'duplicate', 'failed') AND " +
         where +
         " ORDER BY s.video_id DESC LIMIT ?) AS others) AS found ORDER BY seconds DESC, video_id DESC LIMIT "
         "? "
         "OFFSET ?";
}

void bind_query(db::Statement& statement, const LibraryQuery& query) {
  if (!query.text.empty()) {
    const std::string pattern = like_pattern(query.text);
    statement.bind(pattern).bind(pattern);
  }
  if (query.state && query.state != "working") statement.bind(*query.state);
}

}  // namespace

std::optional<LibrarySort> parse_library_sort(std::string_view text) {
  for (const auto& [name, sort] : sorts) {
    if (name == text) return sort;
  }
  return std::nullopt;
}

LibraryEntry Library::entry(const VideoId& id) {
  Submissions submissions(database_);
  auto submission = submissions.find(id);
  HEATERS_CHECK(submission.has_value());
  LibraryEntry entry{.submission = *std::move(submission), .progress = {}, .video = {}};
  if (!entry.submission.is_finished()) entry.progress = submissions.progress(id);
  entry.video = Catalog(database_).find(id);
  if (!entry.video) return entry;
  db::Statement counts = database_.prepare(
      "SELECT (SELECT count(*) FROM cuts WHERE video_id = ?), (SELECT count(*) FROM cuts WHERE video_id = ? "
      "AND decision IS NULL), (SELECT count(*) FROM artifacts WHERE video_id = ? AND kind = 'poster')");
  counts.bind(id.text()).bind(id.text()).bind(id.text());
  if (counts.step()) {
    entry.clips = counts.integer(0);
    entry.undecided_clips = counts.integer(1);
    entry.has_poster = counts.integer(2) > 0;
  }
  return entry;
}

std::vector<std::string> Library::ids(const LibraryQuery& query) {
  const bool is_longest = query.sort == LibrarySort::Longest;
  db::Statement select =
      database_.prepare(is_longest ? longest_sql(query)
                                   : "SELECT s.video_id FROM submissions AS s WHERE " + where_sql(query) +
                                         " ORDER BY " + order_sql(query.sort) + " LIMIT ? OFFSET ?");
  bind_query(select, query);
  if (is_longest) {
    select.bind(query.limit + query.offset);
    bind_query(select, query);
    select.bind(query.limit + query.offset);
  }
  select.bind(query.limit).bind(query.offset);
  return select.texts();
}

// What few have is found first and then ordered; read in the wanted order until enough have it, all would be.
// Nullopt when too many do: then those of the page are soon met.
std::optional<std::vector<std::string>> Library::found_by_text(const LibraryQuery& query,
                                                               std::int64_t& total) {
  db::Statement select = database_.prepare(
      "WITH found AS MATERIALIZED (SELECT s.video_id, s.title, s.submitted_at FROM submissions AS s WHERE " +
      where_sql(query) +
      " LIMIT ?) SELECT s.video_id, (SELECT count(*) FROM found) FROM found AS s LEFT JOIN videos AS v ON "
      "v.id = "
      "s.video_id ORDER BY " +
      order_sql(query.sort) + " LIMIT ? OFFSET ?");
  bind_query(select, query);
  select.bind(few_matches + 1).bind(query.limit).bind(query.offset);
  std::vector<std::string> found;
  total = 0;
  while (select.step()) {
    found.push_back(select.text(0));
    total = select.integer(1);
  }
  if (total > few_matches) return std::nullopt;
  // Beyond the last page nothing tells the number.
  if (found.empty() && query.offset > 0) total = count(query, few_matches + 1);
  return found;
}

Library::Page Library::page(const LibraryQuery& query, std::int64_t most) {
  Page page;
  std::optional<std::vector<std::string>> found;
  if (!query.text.empty() && query.offset + query.limit <= few_matches)
    found = found_by_text(query, page.total);
  if (!found) {
    found = ids(query);
    if (most > 0) page.total = count(query, most);
  }
  page.total = std::min(page.total, most);
  page.entries.reserve(found->size());
  for (const std::string& text : *found) {
    const auto id = VideoId::parse(text);
    HEATERS_CHECK(id.has_value());
    page.entries.push_back(entry(*id));
  }
  return page;
}

std::int64_t Library::count(const LibraryQuery& query, std::int64_t most) {
  db::Statement select = database_.prepare("SELECT count(*) FROM (SELECT 1 FROM submissions AS s WHERE " +
                                           where_sql(query) + " LIMIT ?) AS found");
  bind_query(select, query);
  select.bind(most);
  return select.step() ? select.integer(0) : 0;
}

std::optional<LibraryEntry> Library::find(const VideoId& id) {
  if (!Submissions(database_).find(id)) return std::nullopt;
  return entry(id);
}

std::map<VideoId, std::string> Library::fingerprints() {
  std::map<VideoId, std::string> found;
  const auto add = [&](std::string_view where, const std::optional<std::string>& parameter) {
    db::Statement select = database_.prepare(
        "SELECT s.video_id, s.state, s.changed_at, p.activity, p.done FROM submissions AS s LEFT JOIN "
        "progress AS p ON p.video_id = s.video_id WHERE " +
        std::string(where));
    if (parameter) select.bind(*parameter);
    while (select.step()) {
      const auto id = VideoId::parse(select.text(0));
      HEATERS_CHECK(id.has_value());
      std::string fingerprint = select.text(1) + " " + select.text(2);
      if (!select.is_null(3)) fingerprint += " " + select.text(3) + " " + std::to_string(select.integer(4));
      found.insert_or_assign(*id, std::move(fingerprint));
    }
  };
  add("s.state IN ('queued', 'acquired', 'ingested')", std::nullopt);
  // Clocks of machines differ a little.
  add("s.changed_at >= ?", format_utc(utc_now() - std::chrono::minutes(1)));
  return found;
}

}  // namespace heaters::catalog

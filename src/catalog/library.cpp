#include "catalog/library.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "catalog/title_query.h"

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

// A query as it is asked of a database.
class Wanted {
 public:
  Wanted(db::Database& database, const LibraryQuery& query) : database_(database), state_(query.state) {
    if (query.text.empty()) return;
    title_ = title_query(database, TitleTable::Submissions, query.text);
    // Words that only those of other states have: then a part may be meant.
    if (title_.is_by_words && state_ && count(1) == 0) title_ = part_query(query.text);
  }

  bool is_by_text() const { return !title_.text.empty(); }

  // On `submissions AS s`.
  std::string where(WordAccess access) const {
    std::string where = "1 = 1";
    if (is_by_text())
      where += " AND " + condition(database_.dialect(), TitleTable::Submissions, title_, access);
    if (state_ == "working") {
      where += " AND s.state IN ('queued', 'acquired', 'ingested')";
    } else if (state_) {
      where += " AND s.state = ?";
    }
    return where;
  }
  void bind(db::Statement& statement) const {
    if (is_by_text()) bind_condition(statement, database_.dialect(), TitleTable::Submissions, title_);
    if (state_ && state_ != "working") statement.bind(*state_);
  }
  db::Statement prepare(const std::string& sql) const {
    return is_by_text() ? database_.prepare_once(sql) : database_.prepare(sql);
  }

  // No more than `most` are counted.
  std::int64_t count(std::int64_t most) const {
    const WordAccess access = title_.matches ? WordAccess::Index : WordAccess::Passing;
    db::Statement select = prepare("SELECT count(*) FROM (SELECT 1 FROM submissions AS s WHERE " +
                                   where(access) + " LIMIT ?) AS found");
    bind(select);
    select.bind(most);
    return select.step() ? select.integer(0) : 0;
  }
  // So many may match, and they are found before they are ordered. Nullopt without a text, and where that is
  // known to be too many.
  std::optional<std::int64_t> most_to_order() const {
    if (!is_by_text()) return std::nullopt;
    if (!title_.is_by_words) return few_matches;
    return title_.matches && *title_.matches <= few_with_words ? std::optional(few_with_words) : std::nullopt;
  }

 private:
  db::Database& database_;
  std::optional<std::string> state_;
  TitleQuery title_;
};

// States of what is no video yet, or never.
constexpr std::array<std::string_view, 5> states_without_video{"queued", "acquired", "ingested", "duplicate",
                                                               "failed"};

// As many of each kind as the page and all before it could hold, each by its own index: ordered together, all
// would be. The conditions, and how many, are bound for each.
std::string longest_sql(const std::string& where) {
  std::string found =
      "SELECT * FROM (SELECT s.video_id, v.duration_seconds AS seconds FROM videos AS v "
      "JOIN submissions AS s ON s.video_id = v.id WHERE " +
      where + " ORDER BY v.duration_seconds DESC, v.id DESC LIMIT ?) AS ready";
  for (const std::string_view state : states_without_video) {
    found += fmt::format(
        " UNION ALL SELECT * FROM (SELECT s.video_id, 0 AS seconds FROM submissions AS s "
        "WHERE s.state = '{0}' AND {1} ORDER BY s.video_id DESC LIMIT ?) AS {0}",
        state, where);
  }
  return "SELECT video_id FROM (" + found +
         ") AS found ORDER BY seconds DESC, video_id DESC LIMIT ? OFFSET ?";
}

std::vector<std::string> ids(const Wanted& wanted, const LibraryQuery& query) {
  const bool is_longest = query.sort == LibrarySort::Longest;
  db::Statement select = wanted.prepare(is_longest ? longest_sql(wanted.where(WordAccess::Passing))
                                                   : "SELECT s.video_id FROM submissions AS s WHERE " +
                                                         wanted.where(WordAccess::Passing) + " ORDER BY " +
                                                         order_sql(query.sort) + " LIMIT ? OFFSET ?");
  for (std::size_t i = 0; i < (is_longest ? 1 + states_without_video.size() : 1); ++i) {
    wanted.bind(select);
    if (is_longest) select.bind(query.limit + query.offset);
  }
  select.bind(query.limit).bind(query.offset);
  return select.texts();
}

// What few have is found first and then ordered; read in the wanted order until enough have it, all would be.
// Nullopt when more than `most` do: then those of the page are soon met.
std::optional<std::vector<std::string>> found_by_text(const Wanted& wanted, const LibraryQuery& query,
                                                      std::int64_t most, std::int64_t& total) {
  db::Statement select = wanted.prepare(
      "WITH found AS MATERIALIZED (SELECT s.video_id, s.title FROM submissions AS s WHERE " +
      wanted.where(WordAccess::Index) +
      " LIMIT ?) SELECT s.video_id, (SELECT count(*) FROM found) FROM found AS s LEFT JOIN videos AS v ON "
      "v.id = s.video_id ORDER BY " +
      order_sql(query.sort) + " LIMIT ? OFFSET ?");
  wanted.bind(select);
  select.bind(most + 1).bind(query.limit).bind(query.offset);
  std::vector<std::string> found;
  total = 0;
  while (select.step()) {
    found.push_back(select.text(0));
    total = select.integer(1);
  }
  if (total > most) return std::nullopt;
  // Beyond the last page nothing tells the number.
  if (found.empty() && query.offset > 0) total = wanted.count(most + 1);
  return found;
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

Library::Page Library::page(const LibraryQuery& query, std::int64_t most) {
  Page page;
  const Wanted wanted(database_, query);
  std::optional<std::vector<std::string>> found;
  const auto most_to_order = wanted.most_to_order();
  if (most_to_order && query.offset + query.limit <= *most_to_order)
    found = found_by_text(wanted, query, *most_to_order, page.total);
  if (!found) {
    found = ids(wanted, query);
    if (most > 0) page.total = wanted.count(most);
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
  return Wanted(database_, query).count(most);
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

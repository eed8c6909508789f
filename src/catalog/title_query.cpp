#include "catalog/title_query.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/check.h"
#include "base/words.h"

namespace heaters::catalog {

namespace {

// What LIKE gives a meaning is taken literally.
std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (const char c : lower_case(text)) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + "%";
}

constexpr const char* is_part = "lower({}) LIKE lower(?) ESCAPE '!'";

}  // namespace

TitleQuery part_query(const std::string& typed) {
  const bool is_quoted = typed.size() > 2 && typed.front() == '"' && typed.back() == '"';
  return {.text = is_quoted ? typed.substr(1, typed.size() - 2) : typed};
}

std::string condition(db::Dialect dialect, TitleTable table, const TitleQuery& query, WordAccess access) {
  const bool is_of_videos = table == TitleTable::Videos;
  if (!query.is_by_words) {
    if (is_of_videos) return fmt::format(is_part, "videos.title");
    return fmt::format("({} OR {})", fmt::format(is_part, "s.title"), fmt::format(is_part, "s.origin"));
  }
  if (dialect == db::Dialect::Sqlite)
    return fmt::format("has_words({}, ?)", is_of_videos ? "videos.title" : "s.title || ' ' || s.origin");
  // The function is what the operator does, and no index knows it.
  const char* const name = is_of_videos ? "videos" : "s";
  return access == WordAccess::Passing ? fmt::format("ts_match_vq({}.words, lower(?)::tsquery)", name)
                                       : fmt::format("{}.words @@ lower(?)::tsquery", name);
}

void bind_condition(db::Statement& statement, db::Dialect dialect, TitleTable table,
                    const TitleQuery& query) {
  if (!query.is_by_words) {
    const std::string pattern = like_pattern(query.text);
    statement.bind(pattern);
    if (table == TitleTable::Submissions) statement.bind(pattern);
    return;
  }
  if (dialect == db::Dialect::Sqlite) {
    statement.bind(query.text);
    return;
  }
  const auto words = WordQuery::parse(query.text);
  HEATERS_CHECK(words.has_value());
  statement.bind(words->tsquery());
}

TitleQuery title_query(db::Database& database, TitleTable table, const std::string& typed) {
  if (!WordQuery::parse(typed)) return part_query(typed);
  constexpr std::int64_t of_each_end = 500;
  constexpr std::int64_t many_of_an_end = 50;
  TitleQuery query{.text = typed, .is_by_words = true, .matches = std::nullopt};
  const bool is_of_videos = table == TitleTable::Videos;
  const char* const all = is_of_videos ? "videos" : "submissions AS s";
  const auto count = [&](WordAccess access, const std::string& rows) {
    const db::Dialect dialect = database.dialect();
    db::Statement select = database.prepare_once(
        fmt::format(fmt::runtime("SELECT count(*) FROM " + rows), condition(dialect, table, query, access)));
    bind_condition(select, dialect, table, query);
    HEATERS_CHECK(select.step());
    return select.integer(0);
  };
  // What statistics there are of words do not tell of begins of words, nor of how often two come together.
  const auto is_at = [&](const char* order) {
    return count(WordAccess::Passing,
                 fmt::format("(SELECT * FROM {} ORDER BY {} {} LIMIT {}) AS {} WHERE {{}}", all,
                             is_of_videos ? "videos.id" : "s.video_id", order, of_each_end,
                             is_of_videos ? "videos" : "s")) >= many_of_an_end;
  };
  if (is_at("DESC") && is_at("ASC")) return query;
  const std::int64_t found =
      count(WordAccess::Index,
            fmt::format("(SELECT 1 FROM {} WHERE {{}} LIMIT {}) AS found", all, few_with_words + 1));
  if (found == 0) return part_query(typed);
  query.matches = found;
  return query;
}

}  // namespace heaters::catalog

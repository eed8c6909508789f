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

std::string condition(db::Dialect dialect, TitleTable table, const TitleQuery& query) {
  const bool is_of_videos = table == TitleTable::Videos;
  if (!query.is_by_words) {
    if (is_of_videos) return fmt::format(is_part, "videos.title");
    return fmt::format("({} OR {})", fmt::format(is_part, "s.title"), fmt::format(is_part, "s.origin"));
  }
  if (dialect == db::Dialect::Postgres)
    return fmt::format("{}.words @@ lower(?)::tsquery", is_of_videos ? "videos" : "s");
  return fmt::format("has_words({}, ?)", is_of_videos ? "videos.title" : "s.title || ' ' || s.origin");
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
  if (!WordQuery::parse(typed)) return {.text = typed};
  const TitleQuery by_words{.text = typed, .is_by_words = true};
  const db::Dialect dialect = database.dialect();
  db::Statement any = database.prepare_once(fmt::format(
      "SELECT 1 FROM {} WHERE {} LIMIT 1", table == TitleTable::Videos ? "videos" : "submissions AS s",
      condition(dialect, table, by_words)));
  bind_condition(any, dialect, table, by_words);
  return any.step() ? by_words : TitleQuery{.text = typed};
}

}  // namespace heaters::catalog

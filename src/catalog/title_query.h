#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "db/database.h"

namespace heaters::catalog {

// Where no more than so many match, they are found first and then ordered; reading in the wanted order until
// enough match would read all.
constexpr std::int64_t few_matches = 1'000;
// The same where an index tells them one by one, as it does of words.
constexpr std::int64_t few_with_words = 10'000;

// A text that somebody typed to find videos by their titles.
struct TitleQuery {
  std::string text;  // empty: all videos
  // By its words (see WordQuery); else the text is a part of the title, whatever its case.
  bool is_by_words = false;
  // How many have the words, up to one more than few_with_words. Nullopt where that was not counted: of
  // parts, and of words that so many of the oldest and of the newest have that no index is worth being asked.
  std::optional<std::int64_t> matches;

  bool operator==(const TitleQuery&) const = default;
};

// What is searched: the table `submissions`, known as s, by title and origin, or `videos`, by title.
enum class TitleTable { Submissions, Videos };

// Looks for a part of titles; of what is in double quotes, for what is in them.
TitleQuery part_query(const std::string& typed);
// Looks for words where there are some and at least one row has them all, else for a part. Throws Error as
// db::Database does.
TitleQuery title_query(db::Database& database, TitleTable table, const std::string& typed);

// Whether a statement finds its rows by the index of words, all of them before it gives the first, or comes
// by them in the order of something else.
enum class WordAccess { Index, Passing };

// As it is asked of a database, and what is to be bound to its question marks. For statements that are
// prepared once: the best way to find a part of a title depends on how many have it.
std::string condition(db::Dialect dialect, TitleTable table, const TitleQuery& query, WordAccess access);
void bind_condition(db::Statement& statement, db::Dialect dialect, TitleTable table, const TitleQuery& query);

}  // namespace heaters::catalog

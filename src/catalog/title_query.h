#pragma once

#include <cstdint>
#include <string>

#include "db/database.h"

namespace heaters::catalog {

// Where no more than so many match, they are found first and then ordered; reading in the wanted order until
// enough match would read all.
constexpr std::int64_t few_matches = 1'000;

// A text that somebody typed to find videos by their titles.
struct TitleQuery {
  std::string text;  // empty: all videos
  // By its words (see WordQuery); else the text is a part of the title, whatever its case.
  bool is_by_words = false;
  // Words that many have, so that a page of them is soon full in whatever order: no index is asked then,
  // which would list them all. Of words that are not, no more than few_matches have them.
  bool is_common = false;

  bool operator==(const TitleQuery&) const = default;
};

// What is searched: the table `submissions`, known as s, by title and origin, or `videos`, by title.
enum class TitleTable { Submissions, Videos };

// How to look for what was typed: by words where there are some and at least one video has them, else as a
// part of a word or whatever it is. Throws Error as db::Database does.
TitleQuery title_query(db::Database& database, TitleTable table, const std::string& typed);

// As it is asked of a database, and what is to be bound to its question marks. For statements that are
// prepared once: the best way to find a word depends on how many have it.
std::string condition(db::Dialect dialect, TitleTable table, const TitleQuery& query);
void bind_condition(db::Statement& statement, db::Dialect dialect, TitleTable table, const TitleQuery& query);

}  // namespace heaters::catalog

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heaters {

// The words of a title or a link, as they are searched for: in lower case (ASCII's letters only), parted by
// whatever of ASCII is no letter and no digit, and by the signs of U+0080 to U+00BF, U+2000 to U+207F,
// U+3000 to U+303F and among U+FF00 to U+FF65. Of a longer word the first 100 characters, of a longer text
// the first 50,000. The function words_of of the PostgreSQL schema does the same there, and makes all letters
// small.
std::vector<std::string> words_of(std::string_view text);

// Words that somebody types. All must be there, in any order; the last may be the begin of one, unless a
// space follows it.
class WordQuery {
 public:
  // Nullopt where there is no word, or anything but words and spaces, or more than 32 words, or letters of a
  // script that writes no spaces between words (Han, kana, Thai and its neighbours): then the text itself is
  // meant.
  static std::optional<WordQuery> parse(std::string_view typed);

  bool matches(std::string_view text) const;
  // In the form of PostgreSQL's type tsquery.
  std::string tsquery() const;

 private:
  std::vector<std::string> words_;
  bool is_last_a_begin_ = false;
};

}  // namespace heaters

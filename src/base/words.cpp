#include "base/words.h"

#include <algorithm>

#include "base/ascii.h"

namespace heaters {

namespace {

constexpr std::size_t longest_word = 100;  // characters

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// How many bytes of a sign that parts words are at the begin of the text; 0 where none is.
std::size_t separator_at(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) {
    const bool is_word =
        (first >= '0' && first <= '9') || (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    return is_word ? 0 : 1;
  }
  if (text.size() >= 2 && text.starts_with("\xC2")) return 2;
  for (const std::string_view block : {"\xE2\x80", "\xE2\x81", "\xE3\x80"}) {
    if (text.size() >= 3 && text.starts_with(block)) return 3;
  }
  return 0;
}

std::string shortened(std::string_view word) {
  std::size_t characters = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (!continues_character(word[i]) && ++characters > longest_word) return lower_case(word.substr(0, i));
  }
  return lower_case(word);
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  const auto end_word = [&](std::size_t end) {
    if (end > begin) words.push_back(shortened(text.substr(begin, end - begin)));
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t separator = separator_at(text.substr(i));
    if (separator == 0) {
      ++i;
      continue;
    }
    end_word(i);
    i += separator;
    begin = i;
  }
  end_word(text.size());
  return words;
}

std::optional<WordQuery> WordQuery::parse(std::string_view typed) {
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (typed[i] != ' ' && separator_at(typed.substr(i)) != 0) return std::nullopt;
  }
  WordQuery query;
  query.words_ = words_of(typed);
  if (query.words_.empty()) return std::nullopt;
  query.is_last_a_begin_ = !typed.ends_with(' ');
  return query;
}

bool WordQuery::matches(std::string_view text) const {
  const std::vector<std::string> words = words_of(text);
  for (const std::string& wanted : words_) {
    const bool is_begin = is_last_a_begin_ && &wanted == &words_.back();
    const bool is_there = std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      return is_begin ? word.starts_with(wanted) : word == wanted;
    });
    if (!is_there) return false;
  }
  return true;
}

std::string WordQuery::tsquery() const {
  std::string text;
  for (const std::string& word : words_) {
    if (!text.empty()) text += " & ";
    // Nothing of a word has a meaning in quotes.
    text += '\'';
    text += word;
    text += '\'';
  }
  return is_last_a_begin_ ? text + ":*" : text;
}

}  // namespace heaters

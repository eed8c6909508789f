#include "base/words.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/ascii.h"

namespace heaters {

namespace {

constexpr std::size_t longest_word = 100;     // characters
constexpr std::size_t longest_text = 50'000;  // characters
constexpr std::size_t most_words = 32;        // of a query

struct Range {
  char32_t first;
  char32_t last;
};

constexpr std::array<Range, 10> separators{{{0x00, 0x2F},
                                            {0x3A, 0x40},
                                            {0x5B, 0x60},
                                            {0x7B, 0xBF},
                                            {0x2000, 0x207F},
                                            {0x3000, 0x303F},
                                            {0xFF00, 0xFF0F},
                                            {0xFF1A, 0xFF20},
                                            {0xFF3B, 0xFF40},
                                            {0xFF5B, 0xFF65}}};

// Thai, Lao, Myanmar, Khmer, kana, Han.
constexpr std::array<Range, 8> scripts_without_spaces{{{0x0E00, 0x0EFF},
                                                       {0x1000, 0x109F},
                                                       {0x1780, 0x17FF},
                                                       {0x3040, 0x30FF},
                                                       {0x3400, 0x4DBF},
                                                       {0x4E00, 0x9FFF},
                                                       {0xF900, 0xFAFF},
                                                       {0x20000, 0x3FFFF}}};

bool is_among(std::span<const Range> ranges, char32_t character) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return character >= range.first && character <= range.last; });
}

struct Character {
  char32_t code;
  std::size_t bytes;
};

// The first of a text that is not empty. What is no UTF-8 is a character a byte, and a letter.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  constexpr char32_t some_letter = 0xFFFD;
  if (bytes == 0 || bytes > text.size()) return {some_letter, 1};
  if (bytes == 1) return {lead, 1};
  char32_t code = lead & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {some_letter, 1};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  return {code, bytes};
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  std::size_t length = 0;
  const auto end_word = [&] {
    if (length > 0) words.push_back(lower_case(word));
    word.clear();
    length = 0;
  };
  for (std::size_t i = 0, characters = 0; i < text.size() && characters < longest_text; ++characters) {
    const Character character = first_of(text.substr(i));
    if (is_among(separators, character.code)) {
      end_word();
    } else if (++length <= longest_word) {
      word += text.substr(i, character.bytes);
    }
    i += character.bytes;
  }
  end_word();
  return words;
}

std::optional<WordQuery> WordQuery::parse(std::string_view typed) {
  for (std::size_t i = 0; i < typed.size();) {
    const Character character = first_of(typed.substr(i));
    const bool is_for_words = character.code == ' ' || !is_among(separators, character.code);
    if (!is_for_words || is_among(scripts_without_spaces, character.code)) return std::nullopt;
    i += character.bytes;
  }
  WordQuery query;
  query.words_ = words_of(typed);
  if (query.words_.empty() || query.words_.size() > most_words) return std::nullopt;
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

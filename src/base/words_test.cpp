#include "base/words.h"

#include <gmock/gmock.h>

namespace heaters {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

bool matches(std::string_view typed, std::string_view text) {
  const auto query = WordQuery::parse(typed);
  return query && query->matches(text);
}

TEST(Words, ArePartedByWhateverIsNone) {
  EXPECT_THAT(words_of("Big_Buck-Bunny 1080p.mp4"), ElementsAre("big", "buck", "bunny", "1080p", "mp4"));
  EXPECT_THAT(words_of("https://example.org/watch?v=aB1"),
              ElementsAre("https", "example", "org", "watch", "v", "ab1"));
  EXPECT_THAT(words_of(" \xE2\x80\x9C"
                       "Weird\xE2\x80\x9D\xC2\xA0"
                       "Al \xE3\x80\x8C\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x80\x8D!"),
              ElementsAre("weird", "al", "\xE6\x9D\xB1\xE4\xBA\xAC"));
  EXPECT_THAT(words_of("Caf\xC3\xA9 na\xC3\xAFve"), ElementsAre("caf\xC3\xA9", "na\xC3\xAFve"));
  EXPECT_THAT(words_of(" ... "), IsEmpty());
  EXPECT_THAT(words_of(""), IsEmpty());
}

TEST(Words, AreCutAtAWholeCharacter) {
  std::string word;
  for (int i = 0; i < 120; ++i) word += "\xC3\xA9";
  EXPECT_THAT(words_of(word), ElementsAre(word.substr(0, 200)));
  EXPECT_TRUE(matches(word, word));
}

TEST(Words, AllMustBeThereAndTheLastMayBegin) {
  EXPECT_TRUE(matches("bunny big", "Big Buck Bunny"));
  EXPECT_TRUE(matches("big bu", "Big Buck Bunny"));
  EXPECT_FALSE(matches("bi buck", "Big Buck Bunny"));
  EXPECT_FALSE(matches("big bu ", "Big Buck Bunny"));
  EXPECT_TRUE(matches("big buck ", "Big Buck Bunny"));
  EXPECT_FALSE(matches("big horse", "Big Buck Bunny"));
  EXPECT_FALSE(matches("unny", "Big Buck Bunny"));
}

TEST(Words, OtherSignsMeanTheTextItself) {
  for (const char* typed : {"", " ", "a_b", "0%", "!", "\xE2\x80\x93", "it's", "\xEF\xBD\x9C", "\"a\""}) {
    EXPECT_FALSE(WordQuery::parse(typed)) << typed;
  }
  // Where words have no spaces between them: Thai, kana, Han.
  for (const char* typed : {"\xE0\xB8\x81", "\xE3\x81\x82", "\xE7\x89\xA9\xE8\xAA\x9E", "\xF0\xA0\x80\x80"}) {
    EXPECT_FALSE(WordQuery::parse(typed)) << typed;
  }
  std::string many;
  for (int i = 0; i < 32; ++i) many += "a ";
  EXPECT_TRUE(WordQuery::parse(many));
  EXPECT_FALSE(WordQuery::parse(many + "a"));
}

TEST(Words, OfWhatIsNoUtf8AreBytes) {
  EXPECT_THAT(words_of("a\xFF"
                       "b \xE3\x81"),
              ElementsAre("a\xFF"
                          "b",
                          "\xE3\x81"));
  EXPECT_THAT(words_of(std::string_view("a\0b", 3)), ElementsAre("a", "b"));
}

TEST(Words, BeyondFiftyThousandCharactersAreNotLookedAt) {
  const std::string spaces(49'996, ' ');
  EXPECT_THAT(words_of(spaces + "abcdef"), ElementsAre("abcd"));
}

TEST(Words, AreAsPostgresReadsThem) {
  EXPECT_EQ(WordQuery::parse("Big bu")->tsquery(), "'big' & 'bu':*");
  EXPECT_EQ(WordQuery::parse("bunny ")->tsquery(), "'bunny'");
}

}  // namespace
}  // namespace heaters

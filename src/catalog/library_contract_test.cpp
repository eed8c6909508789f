// What the library lists, on both databases.

#include "catalog/library.h"

#include <gmock/gmock.h>

#include <chrono>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/words.h"
#include "catalog/catalog_test_video.h"
#include "catalog/title_query.h"
#include "fixtures/databases.h"

namespace heaters::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LibraryTest : public fixtures::DatabaseTest {
 protected:
  VideoId add(const std::string& title, const std::string& origin) {
    const VideoId id = VideoId::make();
    Submissions(*database).add({.video_id = id, .origin = origin, .title = title});
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return id;
  }
  std::vector<std::string> titles(const LibraryQuery& query) {
    std::vector<std::string> found;
    for (const LibraryEntry& entry : library.list(query)) found.push_back(entry.submission.title);
    return found;
  }

  Library library{*database};
};

TEST_P(LibraryTest, ListsNewestFirstInPages) {
  add("b", "/1");
  add("C", "/2");
  add("a", "/3");
  EXPECT_THAT(titles({}), ElementsAre("a", "C", "b"));
  EXPECT_THAT(titles({.sort = LibrarySort::Oldest}), ElementsAre("b", "C", "a"));
  EXPECT_THAT(titles({.sort = LibrarySort::Title}), ElementsAre("a", "b", "C"));
  EXPECT_THAT(titles({.limit = 1, .offset = 1}), ElementsAre("C"));
  EXPECT_EQ(library.count({.limit = 1}, 1000), 3);
}

// Pages have captions for titles.
TEST_P(LibraryTest, TitlesOfAnyLengthAreListed) {
  std::string title = "b ";
  for (int i = 0; title.size() < 20'000; ++i)
    title += std::to_string(i * 7919) + " \xe6\x98\xa0\xe7\x94\xbb ";
  add(title, "/1");
  add("a", "/2");
  add("c", "/3");
  EXPECT_THAT(titles({.sort = LibrarySort::Title}), ElementsAre("a", title, "c"));
  EXPECT_THAT(titles({.text = "7919 "}), ElementsAre(title));
}

// By words that many have, by a part that too many have to be ordered first, by one that few have.
TEST_P(LibraryTest, APageFarBackIsThere) {
  db::Transaction transaction(*database);
  for (int i = 0; i < 1'100; ++i) {
    Submissions(*database).add({.video_id = VideoId::make(),
                                .origin = "/" + std::to_string(i),
                                .title = i % 20 == 0 ? "film" : "episode"});
  }
  transaction.commit();
  EXPECT_FALSE(title_query(*database, TitleTable::Submissions, "episode").matches);
  EXPECT_EQ(title_query(*database, TitleTable::Submissions, "film").matches, 55);
  for (const auto& [text, total] :
       {std::pair("episode", 1'045), {"pisode", 1'045}, {"film", 55}, {"ilm", 55}}) {
    std::set<VideoId> all;
    for (int offset = 0; offset < total; offset += 50) {
      const auto page = library.page({.text = text, .limit = 50, .offset = offset}, 10'001);
      EXPECT_EQ(page.entries.size(), static_cast<std::size_t>(std::min(50, total - offset)))
          << text << offset;
      EXPECT_EQ(page.total, total) << text << offset;
      for (const LibraryEntry& each : page.entries) all.insert(each.submission.video_id);
    }
    EXPECT_EQ(all.size(), static_cast<std::size_t>(total)) << text;
    const auto beyond = library.page({.text = text, .limit = 50, .offset = 2'000}, 10'001);
    EXPECT_THAT(beyond.entries, IsEmpty());
    EXPECT_EQ(beyond.total, total) << text;
    EXPECT_EQ(library.page({.text = text}, 20).total, 20);
  }
}

TEST_P(LibraryTest, FindsPartsOfTitleAndOriginLiterally) {
  add("100% Holiday", "/films/x.mp4");
  add("100 days", "https://Example.org/watch?v=a_b");
  EXPECT_THAT(titles({.text = "HOLI"}), ElementsAre("100% Holiday"));
  EXPECT_THAT(titles({.text = "0%"}), ElementsAre("100% Holiday"));
  EXPECT_THAT(titles({.text = "a_b"}), ElementsAre("100 days"));
  EXPECT_THAT(titles({.text = "axb"}), IsEmpty());
  EXPECT_THAT(titles({.text = "!"}), IsEmpty());
  EXPECT_EQ(library.count({.text = "100"}, 1000), 2);
}

TEST_P(LibraryTest, FindsWordsWhereverTheyAre) {
  add("Big Buck Bunny", "https://films.example/peach/bbb_1080p.mp4");
  add("big_horse-1080p.mkv", "/films/x");
  add("Bugbear", "/y");
  EXPECT_THAT(titles({.text = "big"}), ElementsAre("big_horse-1080p.mkv", "Big Buck Bunny"));
  EXPECT_THAT(titles({.text = "BUNNY big"}), ElementsAre("Big Buck Bunny"));
  EXPECT_THAT(titles({.text = "peach bunny"}), ElementsAre("Big Buck Bunny"));
  EXPECT_THAT(titles({.text = "1080p hor"}), ElementsAre("big_horse-1080p.mkv"));
  // With a space behind it a word is a whole one; one that nobody has is looked for as a part.
  EXPECT_THAT(titles({.text = "bu"}), ElementsAre("Bugbear", "Big Buck Bunny"));
  EXPECT_THAT(titles({.text = "bear"}), ElementsAre("Bugbear"));
  EXPECT_THAT(titles({.text = "bear "}), IsEmpty());
  EXPECT_THAT(titles({.text = "big", .state = "working"}),
              ElementsAre("big_horse-1080p.mkv", "Big Buck Bunny"));
  EXPECT_THAT(titles({.text = "big", .state = "failed"}), IsEmpty());
  EXPECT_EQ(library.page({.text = "big", .limit = 1}, 1000).total, 2);
  // In quotes a part is meant, and where no other of what is asked for has the word.
  EXPECT_THAT(titles({.text = "\"u\""}), ElementsAre("Bugbear", "Big Buck Bunny"));
  EXPECT_THAT(titles({.text = "\"ear\""}), ElementsAre("Bugbear"));
  Submissions(*database).failed(add("a bear", "/z"), Error(ErrorKind::Corrupt, "no video"));
  EXPECT_THAT(titles({.text = "bear"}), ElementsAre("a bear"));
  EXPECT_THAT(titles({.text = "bear", .state = "working"}), ElementsAre("Bugbear"));
}

// PostgreSQL parts words in SQL, SQLite by our own function.
TEST_P(LibraryTest, WordsArePartedAlikeEverywhere) {
  for (const std::string& title : std::vector<std::string>{
           "Big_Buck-Bunny 1080p.mp4", "https://example.org/watch?v=aB1&t=5",
           "a.b!c\"d#e$f%g&h'i(j)k*l+m,n-o/p", "a:b;c<d=e>f?g@h[i\\j]k^l_m`n{o|p}q~r",
           "\xE2\x80\x9CWeird\xE2\x80\x9D\xC2\xA0On\xE2\x80\x94live",
           "\xE3\x80\x8C\xE6\x9D\xB1\xE4\xBA\xAC\xE3\x80\x8D\xE3\x80\x80\xE7\x89\xA9\xE8\xAA\x9E",
           "caf\xC3\xA9 na\xC3\xAFve", "tab\tline\nend", "   ", "\xF0\x9F\x90\xB0 rabbit",
           "Song\xEF\xBD\x9COfficial\xEF\xBC\x81", std::string(49'990, ' ') + "abcdefghijklm"}) {
    const VideoId id = add(title, "/");
    for (const std::string& word : words_of(title)) {
      const TitleQuery query = title_query(*database, TitleTable::Submissions, word + " ");
      // Scripts without spaces are looked for as parts.
      if (!WordQuery::parse(word)) continue;
      EXPECT_TRUE(query.is_by_words) << title << ": " << word;
      const auto page = library.page({.text = word + " "}, 1000);
      EXPECT_THAT(page.entries, testing::Contains(testing::Truly([&](const LibraryEntry& each) {
                    return each.submission.video_id == id;
                  })))
          << title << ": " << word;
    }
    if (database->dialect() == db::Dialect::Postgres) {
      db::Statement count = database->prepare("SELECT coalesce(length(words_of(?)), 0)");
      count.bind(title).step();
      const auto words = words_of(title);
      EXPECT_EQ(count.integer(0), std::set<std::string>(words.begin(), words.end()).size()) << title;
    }
  }
}

TEST_P(LibraryTest, NoTitleIsTooLongToBeFound) {
  std::string word;
  for (int i = 0; i < 60'000; ++i) word += i % 2 == 0 ? "x" : "\xC3\xA9";
  add(word, "/1");
  std::string words;
  for (int i = 0; words.size() < 3'000'000; ++i) words += std::to_string(i) + "\xE6\x98\xA0\xE7\x94\xBB ";
  add(words, "/2");
  EXPECT_THAT(titles({.text = word.substr(0, 600)}), ElementsAre(word));
  EXPECT_THAT(titles({.text = "1000\xE6\x98\xA0"}), ElementsAre(words));
}

TEST_P(LibraryTest, OrdersByLengthAndByWhatIsUndecided) {
  Submissions submissions(*database);
  const auto ready = [&](const std::string& title, FrameNumber frames, const std::vector<FrameNumber>& cuts) {
    const VideoId id = record_video(*database, cuts, frames);
    submissions.add({.video_id = id, .origin = "/" + title, .title = title});
    submissions.ready(id);
  };
  ready("short", 50, {10, 20});
  const VideoId failed = add("failed", "/failed");
  submissions.failed(failed, Error(ErrorKind::Corrupt, "no video"));
  ready("long", 500, {});
  add("queued", "/queued");
  ready("middle", 100, {50});
  const auto longest = [&](LibraryQuery query) {
    query.sort = LibrarySort::Longest;
    return titles(query);
  };
  EXPECT_THAT(longest({}), ElementsAre("long", "middle", "short", "queued", "failed"));
  EXPECT_THAT(longest({.limit = 2, .offset = 2}), ElementsAre("short", "queued"));
  EXPECT_THAT(longest({.limit = 1, .offset = 4}), ElementsAre("failed"));
  EXPECT_THAT(longest({.state = "ready"}), ElementsAre("long", "middle", "short"));
  EXPECT_THAT(longest({.state = "working"}), ElementsAre("queued"));
  EXPECT_THAT(longest({.state = "failed"}), ElementsAre("failed"));
  EXPECT_THAT(longest({.text = "l"}), ElementsAre("long"));
  EXPECT_THAT(longest({.text = "rt"}), ElementsAre("short"));
  EXPECT_THAT(titles({.sort = LibrarySort::Undecided, .limit = 3}), ElementsAre("short", "middle", "long"));
}

TEST_P(LibraryTest, FiltersByStateAndShowsProgressAndErrors) {
  const VideoId working = add("working", "/1");
  const VideoId failed = add("failed", "/2");
  Submissions submissions(*database);
  submissions.set_progress(working, {.activity = "ingest", .done = 5, .expected = 10, .unit = "frames"});
  submissions.failed(failed, Error(ErrorKind::Corrupt, "no video"));
  EXPECT_THAT(titles({.state = "working"}), ElementsAre("working"));
  EXPECT_THAT(titles({.state = "failed"}), ElementsAre("failed"));
  EXPECT_EQ(library.count({.state = "ready"}, 1000), 0);
  EXPECT_EQ(library.find(working)->progress->done, 5);
  EXPECT_EQ(library.find(failed)->submission.error, "no video");
  EXPECT_FALSE(library.find(VideoId::make()));
}

INSTANTIATE_TEST_SUITE_P(Databases, LibraryTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::catalog

// What the library lists, on both databases.

#include "catalog/library.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "base/error.h"
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

// Beyond what is ordered rather than searched for in order.
TEST_P(LibraryTest, APageFarBackIsThere) {
  db::Transaction transaction(*database);
  for (int i = 0; i < 1'100; ++i) {
    Submissions(*database).add(
        {.video_id = VideoId::make(), .origin = "/" + std::to_string(i), .title = "episode"});
  }
  transaction.commit();
  for (const int offset : {0, 960, 1'050}) {
    const auto page = library.page({.text = "episode", .limit = 50, .offset = offset}, 10'001);
    EXPECT_EQ(page.entries.size(), 50U) << offset;
    EXPECT_EQ(page.total, 1'100) << offset;
  }
  const auto beyond = library.page({.text = "episode", .limit = 50, .offset = 2'000}, 10'001);
  EXPECT_THAT(beyond.entries, IsEmpty());
  EXPECT_EQ(beyond.total, 1'100);
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

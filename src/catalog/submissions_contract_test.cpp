// What the rows about submissions do, on both databases.

#include <gmock/gmock.h>

#include "catalog/catalog.h"
#include "catalog/submissions.h"
#include "fixtures/databases.h"

namespace heaters::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SubmissionsTest : public fixtures::DatabaseTest {
 protected:
  VideoId add(bool is_copy = false) {
    const VideoId id = VideoId::make();
    submissions.add({.video_id = id, .origin = "/a b.mp4", .title = "a b.mp4", .is_copy = is_copy});
    return id;
  }

  Submissions submissions{*database};
  const std::string bytes = std::string(64, 'a');
};

TEST_P(SubmissionsTest, GoesThroughItsStates) {
  const VideoId id = add();
  EXPECT_EQ(submissions.find(id)->state, "queued");
  EXPECT_THAT(submissions.unfinished(), ElementsAre(id));
  EXPECT_TRUE(submissions.acquired(id, bytes));
  EXPECT_EQ(submissions.find(id)->state, "acquired");
  EXPECT_EQ(submissions.find(id)->source_sha256, bytes);
  submissions.ingested(id);
  EXPECT_FALSE(submissions.find(id)->is_finished());
  submissions.ready(id);
  EXPECT_TRUE(submissions.find(id)->is_finished());
  EXPECT_THAT(submissions.unfinished(), IsEmpty());
  EXPECT_FALSE(submissions.find(VideoId::make()));
}

TEST_P(SubmissionsTest, AFailureSaysWhyUntilItIsQueuedAgain) {
  const VideoId id = add();
  submissions.failed(id, Error(ErrorKind::NotFound, "open \"x\": no such file"));
  EXPECT_EQ(submissions.find(id)->state, "failed");
  EXPECT_EQ(submissions.find(id)->error_kind, "not_found");
  EXPECT_EQ(submissions.find(id)->error, "open \"x\": no such file");
  submissions.queued(id);
  EXPECT_EQ(submissions.find(id)->state, "queued");
  EXPECT_FALSE(submissions.find(id)->error);
}

TEST_P(SubmissionsTest, KnowsWhatAUrlTurnedOutToBe) {
  const VideoId id = add();
  EXPECT_FALSE(submissions.find(id)->fetched);
  submissions.fetched(id, "A title", R"({"by": "http"})");
  EXPECT_EQ(submissions.find(id)->title, "A title");
  EXPECT_EQ(submissions.find(id)->fetched, R"({"by": "http"})");
  EXPECT_EQ(submissions.find(id)->state, "queued");
}

TEST_P(SubmissionsTest, TheSameBytesAreInWorkOnce) {
  const VideoId first = add();
  const VideoId second = add();
  const VideoId copy = add(true);
  EXPECT_TRUE(submissions.acquired(first, bytes));
  EXPECT_FALSE(submissions.acquired(second, bytes));
  EXPECT_EQ(submissions.find(second)->state, "queued");
  EXPECT_TRUE(submissions.acquired(first, bytes));
  EXPECT_TRUE(submissions.acquired(copy, bytes));
  submissions.failed(first, Error(ErrorKind::Corrupt, "x"));
  EXPECT_TRUE(submissions.acquired(second, bytes));
}

TEST_P(SubmissionsTest, ProgressIsOverwritten) {
  const VideoId id = add();
  EXPECT_FALSE(submissions.progress(id));
  submissions.set_progress(
      id, {.activity = "ingest", .done = 5, .expected = 10, .unit = "frames", .per_second = 2.5});
  submissions.set_progress(
      id, {.activity = "publish", .done = 7, .expected = 9, .unit = "bytes", .per_second = 1.5});
  const auto progress = submissions.progress(id);
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->activity, "publish");
  EXPECT_EQ(progress->done, 7);
  EXPECT_EQ(progress->per_second, 1.5);
  submissions.clear_progress(id);
  EXPECT_FALSE(submissions.progress(id));
}

INSTANTIATE_TEST_SUITE_P(Databases, SubmissionsTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::catalog

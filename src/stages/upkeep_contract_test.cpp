// What brings submissions and jobs together again, on both databases.

#include <gmock/gmock.h>

#include "catalog/submissions.h"
#include "fixtures/databases.h"
#include "jobs/nodes.h"
#include "jobs/queue.h"
#include "stages/chain.h"
#include "stages/gc.h"
#include "stages/upkeep.h"
#include "storage/keys.h"
#include "storage/local_store.h"

namespace heaters::stages {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class UpkeepTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    queue = jobs::make_queue(*database);
    jobs::Nodes(*database).beat("heaters@a");
  }
  ChainArguments enter() {
    ChainArguments arguments{.video_id = catalog::VideoId::make(), .origin = "/a.mp4", .title = "a.mp4"};
    submissions.add({.video_id = *arguments.video_id, .origin = arguments.origin, .title = arguments.title});
    const auto job = chain_job(acquire_stage, arguments, std::nullopt, std::chrono::seconds(1));
    job_id = queue->insert(std::span(&job, 1)).front().id;
    return arguments;
  }
  void put(const std::string& key) {
    write_text_file(directory.path() / "in", "x");
    store.put(key, directory.path() / "in");
  }

  std::unique_ptr<jobs::Queue> queue;
  catalog::Submissions submissions{*database};
  storage::LocalStore store{directory.path() / "store"};
  jobs::JobId job_id = 0;
};

TEST_P(UpkeepTest, ASubmissionWhoseJobEndedBehindItsBackHasFailed) {
  const auto alive = enter();
  const auto cancelled = enter();
  queue->cancel(job_id);
  const auto deleted = enter();
  database->prepare("DELETE FROM oban_jobs WHERE id = ?").bind(job_id).run();
  EXPECT_EQ(fail_abandoned_submissions(*database), 2);
  EXPECT_EQ(fail_abandoned_submissions(*database), 0);
  EXPECT_EQ(submissions.find(*alive.video_id)->state, "queued");
  EXPECT_EQ(submissions.find(*cancelled.video_id)->error_kind, "cancelled");
  EXPECT_EQ(submissions.find(*deleted.video_id)->state, "failed");
}

TEST_P(UpkeepTest, SecretsOfAUrlGoWithItsSubmission) {
  ChainArguments arguments{.video_id = catalog::VideoId::make(),
                           .origin = "https://user:geheim@example.org/a?v=1&token=geheim",
                           .title = "a"};
  submissions.add({.video_id = *arguments.video_id, .origin = "https://example.org/a", .title = "a"});
  const auto job = chain_job(acquire_stage, arguments, std::nullopt, std::chrono::seconds(1));
  const auto id = queue->insert(std::span(&job, 1)).front().id;
  EXPECT_EQ(fail_abandoned_submissions(*database), 0);
  EXPECT_EQ(Json::parse(queue->find(id)->args_json)["origin"], arguments.origin);
  queue->cancel(id);
  EXPECT_EQ(fail_abandoned_submissions(*database), 1);
  EXPECT_EQ(Json::parse(queue->find(id)->args_json)["origin"],
            "https://[redacted]@example.org/a?v=1&token=[redacted]");
}

TEST_P(UpkeepTest, FoldersGoWithTheirSubmissions) {
  storage::Workspace workspace(directory.path() / "workspace", 1000);
  const auto alive = enter();
  const auto failed = enter();
  submissions.failed(*failed.video_id, Error(ErrorKind::Corrupt, "x"));
  workspace.try_open(alive.video_id->text());
  workspace.try_open(failed.video_id->text());
  reap_workspace(*database, workspace);
  EXPECT_TRUE(std::filesystem::exists(workspace.root() / "videos" / alive.video_id->text()));
  EXPECT_FALSE(std::filesystem::exists(workspace.root() / "videos" / failed.video_id->text()));
}

TEST_P(UpkeepTest, GarbageIsWhatNothingNamesAndNobodyWorksOn) {
  const auto alive = enter();
  const std::string in_work = storage::video_key(alive.video_id->text(), "source.mp4");
  const std::string orphan = storage::video_key(catalog::VideoId::make().text(), "source.mp4");
  put(in_work);
  put(orphan);
  EXPECT_THAT(collect_garbage(*database, store, std::chrono::hours(1), false).orphans, IsEmpty());
  const auto found = collect_garbage(*database, store, std::chrono::seconds(-1), true);
  ASSERT_THAT(found.orphans, SizeIs(1));
  EXPECT_EQ(found.orphans[0].key, orphan);
  EXPECT_THAT(store.list(""), SizeIs(2));
  collect_garbage(*database, store, std::chrono::seconds(-1), false);
  ASSERT_THAT(store.list(""), SizeIs(1));
  EXPECT_EQ(store.list("")[0].key, in_work);
}

INSTANTIATE_TEST_SUITE_P(Databases, UpkeepTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::stages

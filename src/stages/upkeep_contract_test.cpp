// What brings submissions and jobs together again, on both databases.

#include <gmock/gmock.h>

#include "catalog/catalog_test_video.h"
#include "catalog/embeddings.h"
#include "catalog/models.h"
#include "catalog/submissions.h"
#include "fixtures/databases.h"
#include "jobs/nodes.h"
#include "jobs/queue.h"
#include "stages/chain.h"
#include "stages/embed_by_model.h"
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

class EmbeddingUpkeepTest : public UpkeepTest {
 protected:
  void SetUp() override {
    UpkeepTest::SetUp();
    database->execute("INSERT INTO reviewers (name, seen_at) VALUES ('anna', '2026-01-01T00:00:00Z')");
    catalog::Models(*database).put(
        {.name = "m", .kind = kind, .path = "/models/m.pt", .dimensions = 2, .has_text = false});
    video = catalog::record_video(*database, {25, 50});
    embed();
  }
  // As a job does.
  void embed() {
    catalog::Embeddings embeddings(*database);
    for (const auto& clip : embeddings.missing(kind, video)) {
      const catalog::Embedding made{clip.clip_id, clip.video_id, clip.span, {1, 2}};
      embeddings.put(kind, std::span(&made, 1));
    }
  }
  void move_a_cut() {
    database->prepare("UPDATE cuts SET frame = frame + 1 WHERE video_id = ? AND frame BETWEEN 25 AND 40")
        .bind(video.text())
        .run();
    database
        ->prepare(
            "INSERT INTO decisions (video_id, reviewer, operation, made_at, changes, state) VALUES (?, "
            "'anna', "
            "'move', '2026-01-01T00:00:00Z', '[]', 'done')")
        .bind(video.text())
        .run();
  }
  jobs::JobId newest_job() { return queue->list({.queue = embed_stage.queue, .limit = 1}).at(0).id; }
  void complete(jobs::JobId id) {
    database->prepare("UPDATE oban_jobs SET state = 'completed' WHERE id = ?").bind(id).run();
  }

  const catalog::EmbeddingKind kind{std::string(64, 'a'), "midpoint"};
  catalog::VideoId video = catalog::VideoId::make();
  EmbeddingUpkeep upkeep;
};

TEST_P(EmbeddingUpkeepTest, MovedCutsGetOneJob) {
  EXPECT_EQ(upkeep.insert_jobs(*database), 0);
  move_a_cut();
  EXPECT_EQ(upkeep.insert_jobs(*database), 1);
  EXPECT_EQ(upkeep.insert_jobs(*database), 0);
  embed();
  complete(newest_job());
  EXPECT_EQ(upkeep.insert_jobs(*database), 0);
  // One that was given up is not asked for again.
  move_a_cut();
  EXPECT_EQ(upkeep.insert_jobs(*database), 1);
  queue->cancel(newest_job());
  EXPECT_EQ(upkeep.insert_jobs(*database), 0);
  EXPECT_EQ(EmbeddingUpkeep().insert_jobs(*database), 0);
}

TEST_P(EmbeddingUpkeepTest, WhatWasMovedWhileAJobEndedIsSeenTheNextTime) {
  EXPECT_EQ(upkeep.insert_jobs(*database), 0);
  move_a_cut();
  EXPECT_EQ(upkeep.insert_jobs(*database), 1);
  EXPECT_EQ(upkeep.insert_jobs(*database), 0);
  // The job has looked at the clips, and its end is not in the database yet.
  embed();
  move_a_cut();
  EXPECT_EQ(upkeep.insert_jobs(*database), 0);
  complete(newest_job());
  EXPECT_EQ(upkeep.insert_jobs(*database), 1);
}

INSTANTIATE_TEST_SUITE_P(Databases, EmbeddingUpkeepTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);
INSTANTIATE_TEST_SUITE_P(Databases, UpkeepTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::stages

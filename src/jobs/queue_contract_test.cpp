// What every Queue does, on both databases.

#include <gmock/gmock.h>

#include <latch>
#include <thread>

#include "base/error.h"
#include "base/json.h"
#include "fixtures/databases.h"
#include "jobs/crontab.h"
#include "jobs/ending.h"
#include "jobs/job_counts.h"
#include "jobs/nodes.h"
#include "jobs/queue.h"
#include "jobs/queue_settings.h"

namespace heaters::jobs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string node_a = "heaters@a.1.x";
const std::string node_b = "heaters@b.2.y";
const std::vector<std::string> queues = {"q"};

class QueueTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    queue = make_queue(*database);
    nodes.beat(node_a);
    nodes.beat(node_b);
  }

  JobId insert(NewJob job = {}) {
    if (job.queue.empty()) job.queue = "q";
    if (job.worker.empty()) job.worker = "W";
    return queue->insert(std::span(&job, 1)).front().id;
  }
  std::vector<JobId> claim_ids(int limit = 10, const std::string& node = node_a) {
    std::vector<JobId> ids;
    for (const Job& job : queue->claim("q", limit, node)) ids.push_back(job.id);
    return ids;
  }
  Job claim_one(const std::string& node = node_a) {
    auto jobs = queue->claim("q", 1, node);
    EXPECT_THAT(jobs, SizeIs(1));
    return jobs.empty() ? Job{} : jobs.front();
  }
  Finish finish(const Job& job, const Outcome& outcome, const std::string& node = node_a) {
    const Ending ending = ending_of(job, outcome);
    return queue->finish(std::span(&ending, 1), node).front();
  }
  JobState state(JobId id) { return queue->find(id)->state; }
  // Makes the job's time come.
  void make_due(JobId id) {
    database->prepare("UPDATE oban_jobs SET scheduled_at = ? WHERE id = ?")
        .bind(format_utc(utc_now() - 1s))
        .bind(id)
        .run();
  }

  Nodes nodes{*database};
  QueueSettings settings{*database};
  std::unique_ptr<Queue> queue;
};

TEST_P(QueueTest, AJobRunsThroughItsLife) {
  const JobId id = insert({.args_json = R"({"n":1})", .meta_json = R"({"m":"ä"})", .tags = {"a", "b \"c\""}});
  const Job job = claim_one();
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(job.worker, "W");
  EXPECT_EQ(Json::parse(job.args_json), Json({{"n", 1}}));
  EXPECT_EQ(Json::parse(job.meta_json), Json({{"m", "ä"}}));
  EXPECT_EQ(job.attempt, 1);
  EXPECT_EQ(job.max_attempts, 20);
  EXPECT_EQ(job.attempted_by.front(), node_a);
  EXPECT_EQ(state(id), JobState::Executing);
  EXPECT_THAT(claim_ids(), IsEmpty());
  EXPECT_EQ(finish(job, {Completed{}}), Finish::Written);
  const auto found = queue->find(id);
  EXPECT_EQ(found->state, JobState::Completed);
  EXPECT_TRUE(found->finished_at);
  EXPECT_THAT(found->tags, ElementsAre("a", "b \"c\""));
  EXPECT_TRUE(parse_utc(found->inserted_at));
  EXPECT_TRUE(parse_utc(*found->attempted_at));
}

TEST_P(QueueTest, ClaimsGoByPriorityThenTimeThenId) {
  const JobId second = insert({.priority = 1});
  const JobId third = insert({.priority = 1});
  const JobId first = insert({.priority = 0});
  const JobId last = insert({.priority = 9});
  EXPECT_THAT(claim_ids(3), ElementsAre(first, second, third));
  EXPECT_THAT(claim_ids(), ElementsAre(last));
}

TEST_P(QueueTest, NoJobIsClaimedTwice) {
  std::vector<NewJob> jobs(300, NewJob{.queue = "q", .worker = "W"});
  queue->insert(jobs);
  std::vector<JobId> claimed;
  std::mutex mutex;
  std::latch start(4);
  std::vector<std::jthread> threads;
  threads.reserve(6);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      const auto connection = connect();
      const auto own = make_queue(*connection);
      start.arrive_and_wait();
      while (true) {
        const auto got = own->claim("q", 7, "heaters@t." + std::to_string(i));
        if (got.empty()) return;
        const std::lock_guard lock(mutex);
        for (const Job& job : got) claimed.push_back(job.id);
      }
    });
  }
  threads.clear();
  std::sort(claimed.begin(), claimed.end());
  EXPECT_THAT(claimed, SizeIs(300));
  EXPECT_EQ(std::unique(claimed.begin(), claimed.end()), claimed.end());
}

TEST_P(QueueTest, ARetryWaitsAndSaysWhy) {
  const JobId id = insert();
  EXPECT_EQ(finish(claim_one(), {Retry{"no luck \"today\"\n\\", 600s}}), Finish::Written);
  EXPECT_EQ(state(id), JobState::Retryable);
  EXPECT_EQ(queue->stage(queues), 0);
  make_due(id);
  EXPECT_EQ(queue->stage(queues), 1);
  const Job again = claim_one();
  EXPECT_EQ(again.attempt, 2);
  const auto errors = queue->find(id)->errors;
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(errors[0].attempt, 1);
  EXPECT_EQ(errors[0].error, "no luck \"today\"\n\\");
  EXPECT_TRUE(parse_utc(errors[0].at));
}

TEST_P(QueueTest, WithoutAttemptsLeftItIsDiscarded) {
  const JobId id = insert({.max_attempts = 1});
  EXPECT_EQ(finish(claim_one(), {Retry{"no"}}), Finish::Written);
  EXPECT_EQ(state(id), JobState::Discarded);
  EXPECT_THAT(claim_ids(), IsEmpty());
}

TEST_P(QueueTest, ASnoozeCostsNoAttempt) {
  const JobId id = insert({.max_attempts = 1});
  EXPECT_EQ(finish(claim_one(), {Snooze{60s}}), Finish::Written);
  const auto snoozed = queue->find(id);
  EXPECT_EQ(snoozed->state, JobState::Scheduled);
  EXPECT_EQ(snoozed->attempt, 0);
  EXPECT_EQ(snoozed->max_attempts, 1);
  EXPECT_EQ(Json::parse(snoozed->meta_json)["snoozed"], 1);
  make_due(id);
  queue->stage(queues);
  EXPECT_EQ(finish(claim_one(), {Snooze{}}), Finish::Written);
  EXPECT_EQ(claim_one().attempt, 1);
}

TEST_P(QueueTest, CancellingFromWithinKeepsTheReason) {
  const JobId id = insert();
  EXPECT_EQ(finish(claim_one(), {Cancel{"dead link"}}), Finish::Written);
  EXPECT_EQ(state(id), JobState::Cancelled);
  EXPECT_EQ(queue->find(id)->errors.at(0).error, "dead link");
}

TEST_P(QueueTest, CancellingFromOutsideIsNeverOverwritten) {
  const JobId id = insert();
  const Job job = claim_one();
  EXPECT_TRUE(queue->cancel(id));
  EXPECT_FALSE(queue->cancel(id));
  const Lease lease = job.lease();
  EXPECT_THAT(queue->refresh(std::span(&lease, 1), node_a), ElementsAre(lease));
  EXPECT_EQ(finish(job, {Completed{}}), Finish::LeaseLost);
  EXPECT_EQ(finish(job, {Cancel{"cancelled while it ran"}}), Finish::LeaseLost);
  EXPECT_EQ(state(id), JobState::Cancelled);
  EXPECT_EQ(queue->find(id)->errors.at(0).error, "cancelled while it ran");
}

TEST_P(QueueTest, ALateEndOfALostLeaseIsRefused) {
  const JobId id = insert();
  const Job lost = claim_one(node_a);
  nodes.forget(node_a);
  EXPECT_EQ(queue->rescue(queues), 1);
  const Job held = claim_one(node_b);
  EXPECT_EQ(held.attempt, 2);
  EXPECT_EQ(finish(lost, {Completed{}}, node_a), Finish::LeaseLost);
  EXPECT_EQ(finish(lost, {Retry{"x"}}, node_a), Finish::LeaseLost);
  EXPECT_EQ(state(id), JobState::Executing);
  EXPECT_FALSE(queue->adopt(lost.lease(), node_a, "{}", "key"));
  EXPECT_EQ(finish(held, {Completed{}}, node_b), Finish::Written);
}

TEST_P(QueueTest, AnAttemptBeforeASnoozeCannotEndTheOneAfterIt) {
  const JobId id = insert();
  const Job before = claim_one();
  finish(before, {Snooze{}});
  const Job after = claim_one();
  EXPECT_EQ(after.attempt, before.attempt);
  EXPECT_EQ(finish(before, {Snooze{}}), Finish::LeaseLost);
  EXPECT_EQ(finish(before, {Completed{}}), Finish::LeaseLost);
  EXPECT_EQ(state(id), JobState::Executing);
  EXPECT_EQ(finish(after, {Completed{}}), Finish::Written);
}

TEST_P(QueueTest, WhatANodeClaimedWithoutKnowingIsGivenBack) {
  const JobId known = insert();
  const Job held = claim_one();
  const JobId unknown = insert();
  claim_one();
  const JobId of_other = insert();
  claim_one(node_b);
  const std::vector<Lease> leases = {held.lease()};
  EXPECT_EQ(queue->give_back_unknown(queues, leases, node_a), 1);
  EXPECT_EQ(state(known), JobState::Executing);
  EXPECT_EQ(state(unknown), JobState::Available);
  EXPECT_EQ(queue->find(unknown)->attempt, 0);
  EXPECT_EQ(state(of_other), JobState::Executing);
}

TEST_P(QueueTest, MetaOfAnyShapeBreaksNothing) {
  for (const char* meta : {R"({"rescued": "x", "snoozed": []})", R"({"rescued": 1.5})", "{}"})
    insert({.meta_json = meta});
  const auto jobs = queue->claim("q", 10, node_a);
  EXPECT_EQ(finish(jobs.at(0), {Snooze{1s}}), Finish::Written);
  nodes.forget(node_a);
  EXPECT_EQ(queue->rescue(queues), 2);
}

TEST_P(QueueTest, AnEndWrittenTwiceIsKnownAsSuch) {
  insert();
  const Job job = claim_one();
  EXPECT_EQ(finish(job, {Completed{}}), Finish::Written);
  EXPECT_EQ(finish(job, {Completed{}}), Finish::WrittenBefore);
  EXPECT_EQ(finish(job, {Completed{}}, node_b), Finish::LeaseLost);
}

TEST_P(QueueTest, ManyEndingsAtOnceAreEachTheirOwn) {
  for (int i = 0; i < 4; ++i) insert();
  const auto jobs = queue->claim("q", 10, node_a);
  ASSERT_THAT(jobs, SizeIs(4));
  Ending stale = ending_of(jobs[3], {Completed{}});
  ++stale.lease.attempt;
  const std::vector<Ending> endings = {ending_of(jobs[0], {Completed{}}),
                                       ending_of(jobs[1], {Retry{"again", 5s}}),
                                       ending_of(jobs[2], {Cancel{"no"}}), stale};
  EXPECT_THAT(queue->finish(endings, node_a),
              ElementsAre(Finish::Written, Finish::Written, Finish::Written, Finish::LeaseLost));
  EXPECT_EQ(state(jobs[0].id), JobState::Completed);
  EXPECT_EQ(state(jobs[1].id), JobState::Retryable);
  EXPECT_EQ(state(jobs[2].id), JobState::Cancelled);
  EXPECT_EQ(state(jobs[3].id), JobState::Executing);
  EXPECT_THAT(queue->find(jobs[0].id)->errors, IsEmpty());
}

TEST_P(QueueTest, OnlyTheDeadAreRescued) {
  const JobId of_a = insert();
  claim_one(node_a);
  const JobId of_b = insert();
  claim_one(node_b);
  EXPECT_EQ(queue->rescue(queues), 0);
  nodes.forget(node_b);
  EXPECT_EQ(queue->rescue(queues), 1);
  EXPECT_EQ(state(of_a), JobState::Executing);
  EXPECT_EQ(state(of_b), JobState::Available);
  EXPECT_EQ(Json::parse(queue->find(of_b)->meta_json)["rescued"], 1);
}

TEST_P(QueueTest, TheJobsOfADeadNodeSayWhatItDiedOf) {
  const JobId of_a = insert();
  claim_one(node_a);
  const JobId of_b = insert();
  claim_one(node_b);
  queue->note_death(node_b, "it's \"dead\"");
  ASSERT_THAT(queue->find(of_b)->errors, SizeIs(1));
  EXPECT_EQ(queue->find(of_b)->errors[0].error, "it's \"dead\"");
  EXPECT_EQ(queue->find(of_b)->errors[0].attempt, 1);
  EXPECT_EQ(state(of_b), JobState::Executing);
  EXPECT_THAT(queue->find(of_a)->errors, IsEmpty());
}

TEST_P(QueueTest, KeysWithoutAJobAreThoseThatNobodyIsAtOrGaveUp) {
  const auto keyed = [&](const std::string& key) { return insert({.unique_key = key}); };
  keyed("waits");
  queue->cancel(keyed("given up"));
  const JobId done = keyed("done");
  database->prepare("UPDATE oban_jobs SET state = 'completed' WHERE id = ?").bind(done).run();
  insert();
  const std::vector<std::string> keys = {"new", "waits", "done", "given up", "it's \"new\" too"};
  EXPECT_THAT(queue->without_job(keys), ElementsAre("new", "done", "it's \"new\" too"));
  EXPECT_THAT(queue->without_job({}), IsEmpty());
}

TEST_P(QueueTest, SilenceIsDeath) {
  EXPECT_EQ(nodes.forget_silent(1h), 0);
  database->prepare("UPDATE job_nodes SET seen_at = ?").bind("2001-01-01T00:00:00.000Z").run();
  nodes.beat(node_b);
  EXPECT_EQ(nodes.forget_silent(1h), 1);
  EXPECT_THAT(nodes.all(), ElementsAre(node_b));
}

TEST_P(QueueTest, ARescueWithoutAttemptsLeftDiscards) {
  const JobId id = insert({.max_attempts = 1});
  claim_one();
  nodes.forget(node_a);
  EXPECT_EQ(queue->rescue(queues), 0);
  EXPECT_EQ(state(id), JobState::Discarded);
  EXPECT_THAT(queue->find(id)->errors.at(0).error, HasSubstr("died"));
}

TEST_P(QueueTest, AJobWhoseNodesDieAgainAndAgainLetsOthersGoFirst) {
  const JobId id = insert();
  for (int death = 1; death <= 2; ++death) {
    claim_one();
    nodes.forget(node_a);
    EXPECT_EQ(queue->rescue(queues), 1);
    EXPECT_EQ(state(id), JobState::Available);
  }
  claim_one();
  auto asked = utc_now();
  EXPECT_EQ(queue->rescue(queues), 1);
  EXPECT_EQ(state(id), JobState::Scheduled);
  const auto due = *parse_utc(queue->find(id)->scheduled_at);
  EXPECT_GT(due, asked - 1s);
  EXPECT_LT(due, utc_now() + 2s);
  EXPECT_EQ(queue->find(id)->attempt, 3);
  database->execute("UPDATE oban_jobs SET state = 'executing', meta = '{\"rescued\": 12}'");
  asked = utc_now();
  EXPECT_EQ(queue->rescue(queues), 1);
  const auto late = *parse_utc(queue->find(id)->scheduled_at);
  EXPECT_GT(late, asked + 50s);
  EXPECT_LT(late, utc_now() + 61s);
}

TEST_P(QueueTest, WhatOthersRunIsRescuedByAgeOnly) {
  const JobId id = insert();
  claim_ids(1, "elixir@host");
  EXPECT_EQ(queue->rescue(queues), 0);
  database->prepare("UPDATE oban_jobs SET attempted_at = ?").bind(format_utc(utc_now() - 2h)).run();
  EXPECT_EQ(queue->rescue(queues), 1);
  EXPECT_EQ(state(id), JobState::Available);
}

TEST_P(QueueTest, AJobForOneNodeWaitsForItAsLongAsItMay) {
  const JobId id = insert({.node = node_a, .node_until = utc_now() + 1min});
  EXPECT_EQ(queue->waiting(queues, 0s, node_b), 0);
  EXPECT_EQ(queue->waiting(queues, 0s, node_a), 1);
  EXPECT_EQ(queue->meant_for(queues.front(), node_a, 5), 1);
  EXPECT_EQ(queue->meant_for(queues.front(), node_a, 0), 0);
  EXPECT_EQ(queue->meant_for(queues.front(), node_b, 5), 0);
  EXPECT_THAT(claim_ids(1, node_b), IsEmpty());
  EXPECT_THAT(claim_ids(1, node_a), ElementsAre(id));
  const JobId late = insert({.node = node_a, .node_until = utc_now() - 1s});
  EXPECT_THAT(claim_ids(1, node_b), ElementsAre(late));
  const JobId orphan = insert({.node = node_a, .node_until = utc_now() + 1min});
  nodes.forget(node_a);
  queue->rescue(queues);
  EXPECT_THAT(claim_ids(1, node_b), testing::Contains(testing::AnyOf(orphan, id)));
}

TEST_P(QueueTest, AMalformedAffinityBreaksNothing) {
  insert({.meta_json = R"({"node": 7, "node_until": {"a": []}})"});
  const JobId id = insert();
  EXPECT_THAT(claim_ids(10, node_b), testing::Contains(id));
}

TEST_P(QueueTest, AScheduledJobWaitsForItsTime) {
  const JobId id = insert({.scheduled_at = utc_now() + 1h});
  EXPECT_EQ(state(id), JobState::Scheduled);
  EXPECT_EQ(queue->stage(queues), 0);
  EXPECT_THAT(claim_ids(), IsEmpty());
  EXPECT_EQ(queue->waiting(queues, 0s, node_a), 0);
  EXPECT_EQ(queue->waiting(queues, 2h, node_a), 1);
  make_due(id);
  EXPECT_EQ(queue->stage({"other"}), 0);
  EXPECT_EQ(queue->stage(queues), 1);
  EXPECT_THAT(claim_ids(), ElementsAre(id));
}

TEST_P(QueueTest, AUniqueJobIsThereOnceUntilItEnds) {
  const NewJob job{.queue = "q", .worker = "W", .unique_key = "video 1"};
  const Insertion first = queue->insert(std::span(&job, 1)).front();
  EXPECT_FALSE(first.is_conflict);
  const Insertion second = queue->insert(std::span(&job, 1)).front();
  EXPECT_TRUE(second.is_conflict);
  EXPECT_EQ(second.id, first.id);
  NewJob other = job;
  other.worker = "V";
  EXPECT_FALSE(queue->insert(std::span(&other, 1)).front().is_conflict);
  const Job claimed = claim_one();
  EXPECT_EQ(claimed.id, first.id);
  EXPECT_TRUE(queue->insert(std::span(&job, 1)).front().is_conflict);
  finish(claimed, {Completed{}});
  EXPECT_FALSE(queue->insert(std::span(&job, 1)).front().is_conflict);
  EXPECT_GT(queue->latest("video 1")->id, first.id);
  EXPECT_FALSE(queue->latest("video 2"));
}

TEST_P(QueueTest, UniqueHoldsAgainstWhoeverInsertsAtOnce) {
  std::latch start(6);
  std::atomic<int> inserted = 0;
  std::vector<std::jthread> threads;
  threads.reserve(6);
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      const auto connection = connect();
      const auto own = make_queue(*connection);
      start.arrive_and_wait();
      for (int key = 0; key < 20; ++key) {
        const NewJob job{.queue = "q", .worker = "W", .unique_key = std::to_string(key)};
        if (!own->insert(std::span(&job, 1)).front().is_conflict) ++inserted;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(inserted, 20);
  EXPECT_THAT(claim_ids(100), SizeIs(20));
}

TEST_P(QueueTest, ARetriedJobRunsAgain) {
  const JobId id = insert({.max_attempts = 1});
  finish(claim_one(), {Cancel{"no"}});
  EXPECT_TRUE(queue->retry(id));
  EXPECT_FALSE(queue->retry(id));
  const Job again = claim_one();
  EXPECT_EQ(again.attempt, 2);
  EXPECT_EQ(again.max_attempts, 2);
  EXPECT_FALSE(queue->retry(id));
  EXPECT_FALSE(queue->find(id)->finished_at);
}

TEST_P(QueueTest, AnAdoptedJobHasItsArgsAndKeyFromThenOn) {
  const JobId id = insert({.meta_json = R"({"m": 1})"});
  const Job job = claim_one();
  EXPECT_TRUE(queue->adopt(job.lease(), node_a, R"({"video_id": "x"})", "x"));
  EXPECT_EQ(queue->latest("x")->id, id);
  const NewJob rival{.queue = "q", .worker = "W", .unique_key = "x"};
  EXPECT_TRUE(queue->insert(std::span(&rival, 1)).front().is_conflict);
  finish(job, {Snooze{}});
  const Job again = claim_one();
  EXPECT_EQ(Json::parse(again.args_json), Json({{"video_id", "x"}}));
  EXPECT_EQ(Json::parse(again.meta_json)["m"], 1);
}

TEST_P(QueueTest, ArgsOfAllJobsWithAKeyAreRewritten) {
  std::vector<NewJob> jobs;
  for (const char* key : {"x", "y"}) {
    for (const char* worker : {"A", "B"}) {
      jobs.push_back(
          {.queue = "q", .worker = worker, .args_json = R"({"secret": 1, "n": 2})", .unique_key = key});
    }
  }
  const auto inserted = queue->insert(jobs);
  queue->cancel(inserted[0].id);
  queue->rewrite_args("x", [](const std::string& text) {
    Json args = Json::parse(text);
    args.erase("secret");
    return args.dump();
  });
  const Json without = {{"n", 2}};
  EXPECT_EQ(Json::parse(queue->find(inserted[0].id)->args_json), without) << "one that has ended";
  EXPECT_EQ(Json::parse(queue->find(inserted[1].id)->args_json), without);
  EXPECT_EQ(Json::parse(queue->find(inserted[2].id)->args_json)["secret"], 1);
}

TEST_P(QueueTest, InsertionBelongsToItsTransaction) {
  {
    db::Transaction transaction(*database);
    insert();
  }
  EXPECT_THAT(claim_ids(), IsEmpty());
  db::Transaction transaction(*database);
  const JobId id = insert();
  transaction.commit();
  EXPECT_THAT(claim_ids(), ElementsAre(id));
}

TEST_P(QueueTest, PrunesWhatEndedLongAgoInItsQueues) {
  const JobId kept = insert();
  const JobId failed = insert();
  const JobId done = insert();
  for (const Job& job : queue->claim("q", 3, node_a)) {
    if (job.id == failed) finish(job, {Cancel{"no"}});
    if (job.id == done) finish(job, {Completed{}});
  }
  EXPECT_EQ(queue->prune(queues, 1h, 1h, 100), 0);
  EXPECT_EQ(queue->prune({"other"}, -1s, -1s, 100), 0);
  EXPECT_EQ(queue->prune(queues, -1s, 1h, 100), 1);
  EXPECT_FALSE(queue->find(done));
  EXPECT_TRUE(queue->find(failed));
  EXPECT_EQ(queue->prune(queues, -1s, -1s, 100), 1);
  EXPECT_TRUE(queue->find(kept));
}

TEST_P(QueueTest, OneOfManyTakesAMinuteOfTheCrontab) {
  const UtcTime minute = std::chrono::floor<std::chrono::minutes>(utc_now());
  EXPECT_TRUE(take_cron_minute(*database, "nightly", minute));
  EXPECT_FALSE(take_cron_minute(*database, "nightly", minute));
  EXPECT_FALSE(take_cron_minute(*database, "nightly", minute - 1min));
  EXPECT_TRUE(take_cron_minute(*database, "nightly", minute + 1min));
  EXPECT_TRUE(take_cron_minute(*database, "hourly", minute));
}

TEST_P(QueueTest, CheapJobsGoFromAvailableToCompleted) {
  const JobId good = insert({.args_json = R"({"n":1})"});
  const JobId bad = insert();
  {
    db::Transaction transaction(*database);
    const auto jobs = queue->lock("q", 10, node_a);
    ASSERT_THAT(jobs, SizeIs(2));
    EXPECT_EQ(jobs[0].attempt, 1);
    queue->complete_locked(std::vector<JobId>{good}, node_a);
    queue->start_locked(std::span(jobs).subspan(1), node_a);
    EXPECT_EQ(finish(jobs[1], {Retry{"x", 5s}}), Finish::Written);
    transaction.commit();
  }
  const auto found = queue->find(good);
  EXPECT_EQ(found->state, JobState::Completed);
  EXPECT_EQ(found->attempt, 1);
  EXPECT_EQ(found->attempted_by.front(), node_a);
  EXPECT_EQ(state(bad), JobState::Retryable);
}

TEST_P(QueueTest, SettingsOfQueuesAreKept) {
  settings.set_paused("q", true);
  settings.set_max_running("r", 7);
  auto all = settings.all();
  EXPECT_TRUE(all["q"].is_paused);
  EXPECT_FALSE(all["q"].max_running);
  EXPECT_EQ(all["r"].max_running, 7);
  settings.set_paused("q", false);
  EXPECT_FALSE(settings.all()["q"].is_paused);
}

TEST_P(QueueTest, ListsNewestFirst) {
  const JobId first = insert();
  const JobId second = insert({.queue = "other"});
  const JobId third = insert();
  claim_one();
  const auto ids = [&](const JobFilter& filter) {
    std::vector<JobId> found;
    for (const Job& job : queue->list(filter)) found.push_back(job.id);
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre(third, second, first));
  EXPECT_THAT(ids({.state = JobState::Executing}), ElementsAre(first));
  EXPECT_THAT(ids({.queue = "q"}), ElementsAre(third, first));
  EXPECT_THAT(ids({.limit = 1}), ElementsAre(third));
}

TEST_P(QueueTest, JobsAreCountedByQueueAndState) {
  insert();
  insert();
  insert({.queue = "other"});
  const Job running = claim_one();
  EXPECT_THAT(count_jobs(*database, 10),
              ElementsAre(JobCount{"other", JobState::Available, 1}, JobCount{"q", JobState::Available, 1},
                          JobCount{"q", JobState::Executing, 1}));
  finish(running, {Completed{}});
  queue->cancel(claim_one().id);
  insert();
  insert();
  EXPECT_THAT(count_jobs(*database, 1).size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Databases, QueueTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::jobs

// What a controller does with what its backend and the rows say, on both databases. Workers are entries of a
// table here; tests/pools_test.cpp has real ones.

#include <gmock/gmock.h>

#include <algorithm>

#include "base/error.h"
#include "elastic/controller.h"
#include "elastic/pool_member.h"
#include "fixtures/databases.h"
#include "jobs/nodes.h"
#include "jobs/queue.h"

namespace heaters::elastic {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TableBackend : public Backend {
 public:
  std::optional<std::string> start(const std::string& id) override {
    if (!refusal.empty()) throw Error(ErrorKind::Unavailable, refusal);
    if (allowed == 0) return std::nullopt;
    --allowed;
    ids.push_back(id);
    return answers ? id : "";
  }
  std::vector<Instance> look() override {
    if (!blindness.empty()) throw Error(ErrorKind::Unavailable, blindness);
    std::vector<Instance> all = std::exchange(ended, {});
    for (const std::string& id : ids) all.push_back({id, id, false, ""});
    return all;
  }
  void remove(const Instance& worker) override {
    std::erase(ids, worker.id);
    removed.push_back(worker.id);
  }

  void end(const std::string& id, const std::string& cause) {
    std::erase(ids, id);
    ended.push_back({id, id, true, cause});
  }

  std::string refusal;
  std::string blindness;
  int allowed = 1000;
  bool answers = true;
  std::vector<std::string> ids;
  std::vector<std::string> removed;
  std::vector<Instance> ended;
};

class PoolControllerTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    queue = jobs::make_queue(*database);
    settings.name = "pool";
    settings.queues = {{"q", 1}};
    settings.max = 4;
    settings.scale_out_debounce = 0ms;
  }

  PoolController controller(const std::string& name = "heaters@one") {
    return PoolController(settings, name, backend, [this] { return connect(); });
  }
  void insert(int count) {
    const jobs::NewJob job{.queue = "q", .worker = "W"};
    for (int i = 0; i < count; ++i) queue->insert(std::span(&job, 1));
  }
  // The worker says that it has begun, and lives.
  std::string begin(const std::string& id) {
    const std::string node = "heaters@" + id;
    EXPECT_TRUE(pools.begin(id, node));
    jobs::Nodes(*database).beat(node);
    return node;
  }
  Pool shown() { return pools.list().front(); }
  void age(const std::string& column, int seconds) {
    database->execute(is_postgres()
                          ? "UPDATE pool_workers SET " + column + " = " + column + " - interval '" +
                                std::to_string(seconds) + " seconds'"
                          : "UPDATE pool_workers SET " + column + " = strftime('%Y-%m-%dT%H:%M:%fZ', " +
                                column + ", '-" + std::to_string(seconds) + " seconds')");
  }

  PoolSettings settings;
  TableBackend backend;
  Pools pools{*database};
  std::unique_ptr<jobs::Queue> queue;
  PoolController::Clock::time_point now{1h};
};

TEST_P(PoolControllerTest, StartsAsManyAsJobsWantAndNoMore) {
  auto controls = controller();
  EXPECT_TRUE(controls.look(*database, now));
  EXPECT_THAT(backend.ids, IsEmpty());
  insert(2);
  controls.look(*database, now);
  EXPECT_THAT(backend.ids, SizeIs(2));
  controls.look(*database, now);
  EXPECT_THAT(backend.ids, SizeIs(2));
  insert(20);
  controls.look(*database, now);
  EXPECT_THAT(backend.ids, SizeIs(4));
  EXPECT_EQ(shown().report.demand, 22);
  EXPECT_EQ(shown().report.target, 4);
  EXPECT_EQ(shown().starting, 4);
  EXPECT_EQ(shown().controller, "heaters@one");
}

TEST_P(PoolControllerTest, WhatOthersRunIsNoDemand) {
  insert(2);
  jobs::Nodes(*database).beat("heaters@server");
  ASSERT_THAT(queue->claim("q", 1, "heaters@server"), SizeIs(1));
  auto controls = controller();
  controls.look(*database, now);
  EXPECT_EQ(shown().report.demand, 1);
  ASSERT_THAT(backend.ids, SizeIs(1));
  const std::string node = begin(backend.ids.front());
  ASSERT_THAT(queue->claim("q", 1, node), SizeIs(1));
  controls.look(*database, now);
  EXPECT_EQ(shown().report.demand, 1);
  EXPECT_THAT(backend.ids, SizeIs(1));
}

// Or nobody would ever rescue them once a pool has no workers.
TEST_P(PoolControllerTest, WhatTheSilentRanIsDemand) {
  insert(1);
  jobs::Nodes(*database).beat("heaters@server");
  ASSERT_THAT(queue->claim("q", 1, "heaters@server"), SizeIs(1));
  auto controls = controller();
  controls.look(*database, now);
  EXPECT_THAT(backend.ids, IsEmpty());
  database->prepare("UPDATE job_nodes SET seen_at = ?").bind("2001-01-01T00:00:00.000Z").run();
  // Not before it has looked for as long without a gap: the database may have been away for all.
  controls.look(*database, now + 60s);
  EXPECT_THAT(backend.ids, IsEmpty());
  for (int i = 0; i < 40; ++i) controls.look(*database, now + 60s + i * 500ms);
  EXPECT_EQ(shown().report.demand, 1);
  EXPECT_THAT(backend.ids, SizeIs(1));
}

TEST_P(PoolControllerTest, OneActsAndAnotherTakesOverWhenItIsSilent) {
  insert(1);
  auto first = controller();
  auto second = controller("heaters@two");
  EXPECT_TRUE(first.look(*database, now));
  EXPECT_FALSE(second.look(*database, now));
  EXPECT_THAT(backend.ids, SizeIs(1));
  database->execute(is_postgres()
                        ? "UPDATE pools SET controller_until = controller_until - interval '1 minute'"
                        : "UPDATE pools SET controller_until = '2000-01-01T00:00:00.000Z'");
  EXPECT_EQ(shown().controller, "");
  EXPECT_TRUE(second.look(*database, now));
  EXPECT_FALSE(first.look(*database, now));
  EXPECT_THAT(backend.ids, SizeIs(1));  // it knows of the worker that is there
}

TEST_P(PoolControllerTest, AWorkerThatDiesIsReplacedAndItsJobSaysWhy) {
  insert(1);
  auto controls = controller();
  controls.look(*database, now);
  const std::string id = backend.ids.front();
  const std::string node = begin(id);
  const auto claimed = queue->claim("q", 1, node);
  ASSERT_THAT(claimed, SizeIs(1));
  backend.end(id, "killed by signal 11 (Segmentation fault)");
  controls.look(*database, now);
  EXPECT_THAT(backend.ids, SizeIs(1));
  EXPECT_THAT(pools.history("pool", 10),
              ElementsAre(AllOf(Field(&PoolWorker::id, id),
                                Field(&PoolWorker::cause, "killed by signal 11 (Segmentation fault)"))));
  // Without waiting for missed heartbeats.
  EXPECT_EQ(queue->rescue({"q"}), 1);
  const auto job = queue->find(claimed.front().id);
  EXPECT_EQ(job->state, jobs::JobState::Available);
  ASSERT_THAT(job->errors, SizeIs(1));
  EXPECT_THAT(job->errors.front().error, AllOf(HasSubstr(id), HasSubstr("signal 11")));
}

TEST_P(PoolControllerTest, AWorkerThatDoesNotBeginIsRemovedAndThePoolSaysSo) {
  insert(1);
  auto controls = controller();
  controls.look(*database, now);
  const std::string id = backend.ids.front();
  age("requested_at", 40);
  controls.look(*database, now);
  EXPECT_THAT(backend.removed, ElementsAre(id));
  EXPECT_THAT(backend.ids, IsEmpty());  // not at once again
  EXPECT_THAT(shown().report.note, AllOf(HasSubstr(id), HasSubstr("did not begin within 30 s")));
  controls.look(*database, now + 1s);
  EXPECT_THAT(backend.ids, SizeIs(1));
  begin(backend.ids.front());
  controls.look(*database, now + 2s);
  EXPECT_EQ(shown().report.note, "");
}

TEST_P(PoolControllerTest, APlaceThatHasNoRoomIsAskedAgainLater) {
  insert(4);
  backend.refusal = "start a machine: no capacity";
  auto controls = controller();
  controls.look(*database, now);
  controls.look(*database, now + 500ms);
  EXPECT_THAT(pools.history("pool", 10), SizeIs(1));
  EXPECT_THAT(shown().report.note, HasSubstr("no capacity"));
  backend.refusal.clear();
  controls.look(*database, now + 1s);
  EXPECT_THAT(backend.ids, SizeIs(4));
}

TEST_P(PoolControllerTest, APlaceThatAllowsFewRequestsIsAskedForTheRestAtTheNextLook) {
  insert(4);
  backend.allowed = 3;
  auto controls = controller();
  controls.look(*database, now);
  EXPECT_EQ(shown().starting, 3);
  EXPECT_EQ(shown().report.note, "");
  backend.allowed = 1;
  controls.look(*database, now + 500ms);
  EXPECT_EQ(shown().starting, 4);
  EXPECT_THAT(pools.history("pool", 10), IsEmpty());
}

TEST_P(PoolControllerTest, ARequestWithoutAnAnswerWasDoneOrWillNotBe) {
  insert(1);
  backend.answers = false;
  auto controls = controller();
  controls.look(*database, now);
  ASSERT_THAT(backend.ids, SizeIs(1));
  EXPECT_EQ(pools.alive("pool").front().place, "");
  controls.look(*database, now);
  EXPECT_EQ(pools.alive("pool").front().place, backend.ids.front());
  EXPECT_EQ(pools.starting_at(backend.ids.front()), backend.ids.front());
  // And one that was not.
  pools.end(backend.ids.front(), "idle");
  backend.ids.clear();
  controls.look(*database, now);
  ASSERT_THAT(backend.ids, SizeIs(1));
  const std::string lost = backend.ids.front();
  backend.ids.clear();
  age("requested_at", 16);
  controls.look(*database, now);
  EXPECT_EQ(pools.history("pool", 1).front().id, lost);
  EXPECT_THAT(pools.history("pool", 1).front().cause, HasSubstr("no answer"));
}

TEST_P(PoolControllerTest, WithoutAViewOfItsWorkersLimitsHoldAndNothingIsStartedOrEnded) {
  settings.min = 2;
  auto controls = controller();
  controls.look(*database, now);
  ASSERT_THAT(backend.ids, SizeIs(2));
  for (const std::string& id : backend.ids) begin(id);
  for (const std::string& id : backend.ids) jobs::Nodes(*database).forget("heaters@" + id);
  backend.blindness = "list machines: HTTP 500";
  insert(4);
  EXPECT_TRUE(controls.look(*database, now + 1s));
  EXPECT_EQ(shown().running, 2);
  EXPECT_THAT(backend.ids, SizeIs(2));
  EXPECT_THAT(shown().report.note, HasSubstr("HTTP 500"));
  pools.drain("pool", true);
  controls.look(*database, now + 2s);
  EXPECT_EQ(shown().stopping, 2);
  // Another may have better luck.
  for (int i = 0; i < 20; ++i) controls.look(*database, now + 3s + i * 500ms);
  EXPECT_EQ(shown().controller, "");
  EXPECT_FALSE(controls.look(*database, now + 15s));
  auto other = controller("heaters@two");
  EXPECT_TRUE(other.look(*database, now + 15s));
}

TEST_P(PoolControllerTest, PausedQueuesWantNobody) {
  insert(4);
  database->execute(is_postgres() ? "INSERT INTO job_queues (queue, is_paused) VALUES ('q', true)"
                                  : "INSERT INTO job_queues (queue, is_paused) VALUES ('q', 1)");
  auto controls = controller();
  controls.look(*database, now);
  EXPECT_EQ(shown().report.demand, 0);
  EXPECT_THAT(backend.ids, IsEmpty());
}

TEST_P(PoolControllerTest, QueuesThatLeadToPausedOnesWantNobody) {
  insert(4);
  const std::string pause = is_postgres() ? "true" : "1";
  database->execute("INSERT INTO job_queues (queue, is_paused) VALUES ('last', " + pause + ")");
  settings.queues = {{"q", 1, "middle"}, {"middle", 1, "last"}, {"last", 1, ""}};
  auto controls = controller();
  controls.look(*database, now);
  EXPECT_EQ(shown().report.demand, 0);
  EXPECT_THAT(backend.ids, IsEmpty());
  database->execute("DELETE FROM job_queues");
  controls.look(*database, now + 1s);
  EXPECT_EQ(shown().report.demand, 4);
}

TEST_P(PoolControllerTest, WhatNobodyKnowsIsRemovedAfterAMoment) {
  auto controls = controller();
  backend.ids = {"heaters-pool-stranger"};
  controls.look(*database, now);
  EXPECT_THAT(backend.removed, IsEmpty());
  controls.look(*database, now + 5s);
  EXPECT_THAT(backend.removed, ElementsAre("heaters-pool-stranger"));
}

TEST_P(PoolControllerTest, AWorkerThatIsGoneWithoutAWordIsEndedAndMinimumRestored) {
  settings.min = 2;
  auto controls = controller();
  controls.look(*database, now);
  ASSERT_THAT(backend.ids, SizeIs(2));
  for (const std::string& id : backend.ids) begin(id);
  const std::string lost = backend.ids.front();
  backend.ids.erase(backend.ids.begin());
  controls.look(*database, now);
  EXPECT_EQ(shown().running, 2);  // its node lives, whoever watches it
  jobs::Nodes(*database).forget("heaters@" + lost);
  age("requested_at", 40);
  controls.look(*database, now);
  EXPECT_EQ(shown().running, 1);
  EXPECT_EQ(shown().starting, 1);
  EXPECT_EQ(pools.history("pool", 1).front().id, lost);
}

TEST_P(PoolControllerTest, LimitsChangeWhileItRuns) {
  insert(20);
  auto controls = controller();
  controls.look(*database, now);
  pools.set("pool", std::nullopt, 2);
  controls.look(*database, now);
  EXPECT_EQ(shown().stopping, 2);
  EXPECT_EQ(shown().starting, 2);
  pools.set("pool", 1, 6);
  controls.look(*database, now);
  EXPECT_EQ(shown().starting, 4);  // those that stop still take room
  EXPECT_EQ(shown().report.limits.min, 1);
  EXPECT_THROW(pools.set("nobody", 1, 2), Error);
}

TEST_P(PoolControllerTest, DrainedItHasNoneAndAnswersNoDemand) {
  settings.min = 1;
  insert(20);
  auto controls = controller();
  controls.look(*database, now);
  for (const std::string& id : backend.ids) begin(id);
  pools.drain("pool", true);
  controls.look(*database, now);
  EXPECT_EQ(shown().stopping, 4);
  for (const std::string& id : backend.ids) EXPECT_TRUE(pools.is_told_to_stop(id));
  backend.ids.pop_back();
  for (const std::string& id : backend.ids) pools.end(id, "stopped");
  // The last one heeds nothing.
  age("stopping_at", 40);
  controls.look(*database, now);
  EXPECT_THAT(pools.alive("pool"), IsEmpty());
  EXPECT_EQ(shown().report.target, 0);
  pools.drain("pool", false);
  backend.ids.clear();
  controls.look(*database, now);
  EXPECT_THAT(backend.ids, SizeIs(4));
}

TEST_P(PoolControllerTest, TheDaysMoneyIsNotOverspent) {
  settings.price_per_hour = 3600;  // one a second
  settings.spend_cap_per_day = 1;
  insert(20);
  auto controls = controller();
  controls.look(*database, now);
  ASSERT_THAT(backend.ids, SizeIs(4));
  for (const std::string& id : backend.ids) begin(id);
  age("requested_at", 3);
  EXPECT_GT(pools.hours_today("pool"), 0);
  controls.look(*database, now);
  EXPECT_EQ(shown().stopping, 4);
  EXPECT_THAT(shown().report.note, HasSubstr("money is spent"));
  for (const std::string& id : backend.ids) pools.end(id, "stopped");
  backend.ids.clear();
  controls.look(*database, now);
  EXPECT_THAT(backend.ids, IsEmpty());
  // What workers of other days took is no cost of today.
  age("requested_at", 2 * 86'400);
  age("ended_at", 2 * 86'400);
  EXPECT_EQ(pools.hours_today("pool"), 0);
  controls.look(*database, now);
  EXPECT_THAT(backend.ids, SizeIs(4));
}

TEST_P(PoolControllerTest, AnIdleWorkerLeavesUnlessItIsOneOfTheMinimum) {
  settings.min = 1;
  insert(3);
  auto controls = controller();
  controls.look(*database, now);
  ASSERT_THAT(backend.ids, SizeIs(3));
  for (const std::string& id : backend.ids) begin(id);
  EXPECT_TRUE(pools.leave(backend.ids[0]));
  EXPECT_TRUE(pools.leave(backend.ids[1]));
  EXPECT_FALSE(pools.leave(backend.ids[2]));
  EXPECT_EQ(pools.history("pool", 1).front().cause, "idle");
  pools.set("pool", 0, std::nullopt);
  controls.look(*database, now);
  EXPECT_TRUE(pools.leave(backend.ids[2]));
}

TEST_P(PoolControllerTest, AMemberHearsThatItIsToStopAndOneThatIsNotWantedDoesNotBegin) {
  settings.min = 1;
  auto controls = controller();
  controls.look(*database, now);
  const std::string id = backend.ids.front();
  std::atomic<bool> is_told = false;
  {
    const PoolMember member(
        id, "heaters@a", *database, [this] { return connect(); }, [&] { is_told = true; });
    EXPECT_EQ(shown().running, 1);
    pools.tell_to_stop(id);
    for (int i = 0; i < 500 && !is_told; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_TRUE(is_told);
  }
  EXPECT_EQ(pools.history("pool", 1).front().cause, "stopped");
  EXPECT_THROW(PoolMember(id, "heaters@a", *database, [this] { return connect(); }, [] {}), Error);
}

TEST_P(PoolControllerTest, HistoryIsKeptForAWhile) {
  insert(1);
  auto controls = controller();
  controls.look(*database, now);
  pools.end(backend.ids.front(), "idle");
  EXPECT_EQ(pools.forget_ended(std::chrono::hours(1)), 0);
  age("ended_at", 7200);
  EXPECT_EQ(pools.forget_ended(std::chrono::hours(1)), 1);
}

INSTANTIATE_TEST_SUITE_P(Databases, PoolControllerTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::elastic

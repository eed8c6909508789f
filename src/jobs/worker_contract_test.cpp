// What a worker does with jobs, on both databases.

#include "jobs/worker.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "base/json.h"
#include "fixtures/databases.h"
#include "jobs/nodes.h"
#include "jobs/queue.h"
#include "jobs/queue_settings.h"

namespace heaters::jobs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class WorkerTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    queue = make_queue(*database);
    options.node = new_node_name();
    options.queues = {{.name = "q", .max_running = 2}};
    options.beat_interval = 100ms;
    options.node_timeout = 1h;
  }

  JobId insert(NewJob job = {}) {
    if (job.queue.empty()) job.queue = "q";
    if (job.worker.empty()) job.worker = "W";
    return queue->insert(std::span(&job, 1)).front().id;
  }
  int count(JobState wanted) { return static_cast<int>(queue->list({.state = wanted}).size()); }
  JobState state(JobId id) { return queue->find(id)->state; }
  bool eventually(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  // Runs jobs until there are none.
  void drain(std::map<std::string, Handler> handlers) {
    options.idle_exit = 0ms;
    Worker(options, std::move(handlers), [this] { return connect(); }, nullptr).run({});
  }
  // Runs jobs until the result is destroyed.
  std::jthread start(std::map<std::string, Handler> handlers) {
    return std::jthread([this, with = options, handlers = std::move(handlers)](const std::stop_token& stop) {
      Worker(with, handlers, [this] { return connect(); }, nullptr).run(stop);
    });
  }
  static Handler handler(std::function<Outcome(const Attempt&)> run) {
    return {.run = std::move(run), .timeout = {}};
  }
  static Outcome until_stopped(const Attempt& attempt) {
    while (!attempt.stop.stop_requested()) std::this_thread::sleep_for(5ms);
    throw Error(ErrorKind::Cancelled, "stopped");
  }

  WorkerOptions options;
  Nodes nodes{*database};
  QueueSettings settings{*database};
  std::unique_ptr<Queue> queue;
};

TEST_P(WorkerTest, RunsWhatThereIsAndEndsWhenIdle) {
  for (int i = 0; i < 25; ++i) insert();
  std::atomic<int> ran = 0;
  drain({{"W", handler([&](const Attempt& attempt) {
            EXPECT_EQ(attempt.node, options.node);
            ++ran;
            return Outcome{Completed{}};
          })}});
  EXPECT_EQ(ran, 25);
  EXPECT_EQ(count(JobState::Completed), 25);
  EXPECT_THAT(nodes.all(), ElementsAre());
}

TEST_P(WorkerTest, AQueueThatFeedsAnotherDoesNotRunFarAhead) {
  options.queues = {{.name = "first", .max_running = 2, .feeds = "second", .most_ahead = 3},
                    {.name = "second", .max_running = 1}};
  for (int i = 0; i < 20; ++i) insert({.queue = "first", .worker = "First"});
  std::atomic<int> ahead = 0;
  std::atomic<int> most_ahead = 0;
  std::atomic<int> done = 0;
  drain({{"First", handler([&](const Attempt& attempt) {
            most_ahead = std::max(most_ahead.load(), ++ahead);
            NewJob next{.queue = "second", .worker = "Second"};
            next.node = attempt.node;
            next.node_until = utc_now() + 1h;
            return Outcome{Completed{{next}}};
          })},
         {"Second", handler([&](const Attempt&) {
            std::this_thread::sleep_for(10ms);
            --ahead;
            ++done;
            return Outcome{Completed{}};
          })}});
  EXPECT_EQ(done, 20);
  // Three wait, two were begun before the third did, one runs.
  EXPECT_LE(most_ahead, 6);
  EXPECT_GE(most_ahead, 3);
}

TEST_P(WorkerTest, WhatLeadsToAPauseIsNoReasonToStay) {
  options.queues = {{.name = "first", .max_running = 1, .feeds = "second", .most_ahead = 2},
                    {.name = "second", .max_running = 1}};
  settings.set_paused("second", true);
  for (int i = 0; i < 10; ++i) insert({.queue = "first", .worker = "First"});
  drain({{"First", handler([&](const Attempt& attempt) {
            NewJob next{.queue = "second", .worker = "Second"};
            next.node = attempt.node;
            next.node_until = utc_now() + 1h;
            return Outcome{Completed{{next}}};
          })}});
  EXPECT_EQ(count(JobState::Completed), 2);
  EXPECT_EQ(count(JobState::Available), 10);
}

TEST_P(WorkerTest, TheEndTheRecordAndTheNextJobAreOneTransaction) {
  database->execute("CREATE TABLE notes (text TEXT PRIMARY KEY)");
  const JobId good = insert({.args_json = R"({"note": "a"})"});
  const JobId bad = insert({.args_json = R"({"note": "bad"})"});
  std::atomic<int> after = 0;
  drain({{"W", handler([&](const Attempt& attempt) {
            const std::string note = Json::parse(attempt.job.args_json)["note"];
            Outcome outcome{
                Completed{{{.queue = "q", .worker = "Next", .args_json = attempt.job.args_json}}}};
            outcome.record = [note](db::Database& on) {
              on.prepare("INSERT INTO notes (text) VALUES (?)").bind(note).run();
              if (note == "bad") throw Error(ErrorKind::Conflict, "a record that cannot be written");
            };
            outcome.after = [&] { ++after; };
            return outcome;
          })},
         {"Next", handler([&](const Attempt&) { return Outcome{Completed{}}; })}});
  EXPECT_EQ(state(good), JobState::Completed);
  EXPECT_EQ(state(bad), JobState::Retryable);
  EXPECT_THAT(queue->find(bad)->errors.back().error, HasSubstr("cannot be written"));
  EXPECT_EQ(ask("SELECT count(*) FROM notes"), "1");
  EXPECT_EQ(count(JobState::Completed), 2);
  EXPECT_EQ(after, 1);
}

TEST_P(WorkerTest, ExceptionsBecomeOutcomesByTheirKind) {
  const JobId away = insert({.worker = "Away"});
  const JobId damaged = insert({.worker = "Damaged"});
  const JobId bug = insert({.worker = "Bug"});
  const JobId unknown = insert({.worker = "Nobody"});
  drain({{"Away",
          handler([](const Attempt&) -> Outcome { throw Error(ErrorKind::Unavailable, "server away"); })},
         {"Damaged", handler([](const Attempt&) -> Outcome { throw Error(ErrorKind::Corrupt, "damaged"); })},
         {"Bug", handler([](const Attempt&) -> Outcome { throw std::logic_error("bug"); })}});
  EXPECT_EQ(state(away), JobState::Retryable);
  EXPECT_EQ(queue->find(away)->errors.back().error, "server away");
  EXPECT_EQ(state(damaged), JobState::Cancelled);
  EXPECT_EQ(state(bug), JobState::Retryable);
  EXPECT_EQ(state(unknown), JobState::Retryable);
  EXPECT_THAT(queue->find(unknown)->errors.back().error, HasSubstr("Nobody"));
}

TEST_P(WorkerTest, AQueueRunsNoMoreThanItMay) {
  for (int i = 0; i < 12; ++i) insert();
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  drain({{"W", handler([&](const Attempt&) {
            const int now = ++running;
            for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
            }
            std::this_thread::sleep_for(20ms);
            --running;
            return Outcome{Completed{}};
          })}});
  EXPECT_EQ(most, 2);
}

TEST_P(WorkerTest, ACancelledJobIsToldToStop) {
  const JobId id = insert();
  const auto worker = start({{"W", handler(until_stopped)}});
  ASSERT_TRUE(eventually([&] { return state(id) == JobState::Executing; }));
  EXPECT_TRUE(queue->cancel(id));
  EXPECT_TRUE(eventually([&] { return !queue->find(id)->errors.empty(); }));
  EXPECT_EQ(state(id), JobState::Cancelled);
}

TEST_P(WorkerTest, AJobThatRunsTooLongIsToldToStopAndRetried) {
  const JobId id = insert();
  Handler slow = handler(until_stopped);
  slow.timeout = 100ms;
  const auto worker = start({{"W", slow}});
  EXPECT_TRUE(eventually([&] { return state(id) == JobState::Retryable; }));
  EXPECT_THAT(queue->find(id)->errors.at(0).error, HasSubstr("longer than it may"));
}

TEST_P(WorkerTest, AStopHandsBackWhatDoesNotEndInTime) {
  options.shutdown_grace = 50ms;
  const JobId id = insert();
  {
    const auto worker = start({{"W", handler(until_stopped)}});
    ASSERT_TRUE(eventually([&] { return state(id) == JobState::Executing; }));
  }
  EXPECT_EQ(state(id), JobState::Available);
  EXPECT_EQ(queue->find(id)->attempt, 0);
}

TEST_P(WorkerTest, AStopWaitsForWhatEndsInTime) {
  options.shutdown_grace = 10s;
  const JobId id = insert();
  std::atomic<bool> may_end = false;
  {
    auto worker = start({{"W", handler([&](const Attempt& attempt) {
                            while (!may_end) std::this_thread::sleep_for(5ms);
                            EXPECT_FALSE(attempt.stop.stop_requested());
                            return Outcome{Completed{}};
                          })}});
    ASSERT_TRUE(eventually([&] { return state(id) == JobState::Executing; }));
    worker.request_stop();
    std::this_thread::sleep_for(100ms);
    may_end = true;
  }
  EXPECT_EQ(state(id), JobState::Completed);
}

TEST_P(WorkerTest, WhoLostItsLeaseIsToldToStopAndWritesNothing) {
  const JobId id = insert();
  std::atomic<bool> is_stopped = false;
  const auto worker = start({{"W", handler([&](const Attempt& attempt) -> Outcome {
                                while (!attempt.stop.stop_requested()) std::this_thread::sleep_for(5ms);
                                is_stopped = true;
                                return {Completed{}};
                              })}});
  ASSERT_TRUE(eventually([&] { return state(id) == JobState::Executing; }));
  // As if it had been rescued and taken by another.
  database
      ->prepare(is_postgres()
                    ? "UPDATE oban_jobs SET attempt = 2, attempted_by = '{heaters@other}' WHERE id = ?"
                    : "UPDATE oban_jobs SET attempt = 2, attempted_by = '[\"heaters@other\"]' WHERE id = ?")
      .bind(id)
      .run();
  nodes.beat("heaters@other");
  EXPECT_TRUE(eventually([&] { return is_stopped.load(); }));
  nodes.beat("heaters@other");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(state(id), JobState::Executing);
}

TEST_P(WorkerTest, ALongJobOfALivingNodeIsNotRescued) {
  options.node_timeout = 2s;
  const JobId id = insert();
  std::atomic<int> attempts = 0;
  const auto run = handler([&](const Attempt& attempt) -> Outcome {
    ++attempts;
    for (int i = 0; i < 500 && !attempt.stop.stop_requested(); ++i) std::this_thread::sleep_for(10ms);
    return {Completed{}};
  });
  const auto first = start({{"W", run}});
  ASSERT_TRUE(eventually([&] { return state(id) == JobState::Executing; }));
  options.node = new_node_name();
  const auto second = start({{"W", run}});
  EXPECT_TRUE(eventually([&] { return state(id) == JobState::Completed; }));
  EXPECT_EQ(attempts, 1);
}

TEST_P(WorkerTest, PauseResumeAndScaleAreHeededWhileItRuns) {
  options.queues.push_back({.name = "other", .max_running = 1});
  std::atomic<int> running = 0;
  std::atomic<bool> may_end = false;
  // What was announced before the second of two jobs one after the other is known when it has run.
  const auto wait_for_two_turns = [&] {
    for (int i = 0; i < 2; ++i) {
      const JobId id = insert({.queue = "other", .worker = "Other"});
      ASSERT_TRUE(eventually([&] { return state(id) == JobState::Completed; }));
    }
  };
  const auto worker = start({{"Other", handler([](const Attempt&) { return Outcome{Completed{}}; })},
                             {"W", handler([&](const Attempt& attempt) {
                                ++running;
                                while (!may_end && !attempt.stop.stop_requested())
                                  std::this_thread::sleep_for(5ms);
                                --running;
                                return Outcome{Completed{}};
                              })}});
  ASSERT_TRUE(eventually([&] { return !nodes.all().empty(); }));
  settings.set_paused("q", true);
  wait_for_two_turns();
  for (int i = 0; i < 8; ++i) insert();
  wait_for_two_turns();
  EXPECT_EQ(running, 0);
  settings.set_paused("q", false);
  EXPECT_TRUE(eventually([&] { return running == 2; }));
  settings.set_max_running("q", 5);
  EXPECT_TRUE(eventually([&] { return running == 5; }));
  may_end = true;
  EXPECT_TRUE(eventually([&] { return count(JobState::Completed) == 8 + 4; }));
}

TEST_P(WorkerTest, AnInsertedJobIsHeardOf) {
  // Nobody looks by himself.
  options.poll_interval = 1h;
  options.beat_interval = 1h;
  options.node_timeout = 10h;
  const auto worker = start({{"W", handler([](const Attempt&) { return Outcome{Completed{}}; })}});
  ASSERT_TRUE(eventually([&] { return !nodes.all().empty(); }));
  std::this_thread::sleep_for(300ms);
  for (int i = 0; i < 5; ++i) {
    const JobId id = insert();
    EXPECT_TRUE(eventually([&] { return state(id) == JobState::Completed; }));
  }
}

TEST_P(WorkerTest, CheapJobsRunManyAtOnceAndFailEachByItself) {
  options.queues = {{.name = "q", .max_running = 1, .is_cheap = true}};
  std::vector<JobId> ids;
  ids.reserve(30);
  for (int i = 0; i < 30; ++i) ids.push_back(insert({.args_json = i == 7 ? R"({"fail": true})" : "{}"}));
  drain({{"W", handler([](const Attempt& attempt) -> Outcome {
            if (Json::parse(attempt.job.args_json).contains("fail"))
              throw Error(ErrorKind::Unavailable, "not now");
            return {Completed{}};
          })}});
  EXPECT_EQ(count(JobState::Completed), 29);
  EXPECT_EQ(state(ids[7]), JobState::Retryable);
  EXPECT_EQ(queue->find(ids[7])->attempt, 1);
  EXPECT_EQ(queue->find(ids[8])->attempt, 1);
}

TEST_P(WorkerTest, TheCrontabInsertsOncePerMinuteForAllNodes) {
  options.crontab = {{"each minute", CronExpression("* * * * *"), {.queue = "q", .worker = "W"}}};
  options.poll_interval = 50ms;
  const auto minutes = std::make_shared<std::atomic<int>>(0);
  const UtcTime began = std::chrono::floor<std::chrono::minutes>(utc_now());
  options.now = [=] { return began + std::chrono::minutes(*minutes); };
  std::atomic<int> ran = 0;
  const auto run = handler([&](const Attempt&) {
    ++ran;
    return Outcome{Completed{}};
  });
  const auto first = start({{"W", run}});
  options.node = new_node_name();
  const auto second = start({{"W", run}});
  ASSERT_TRUE(eventually([&] { return nodes.all().size() == 2; }));
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(ran, 0);
  *minutes = 1;
  EXPECT_TRUE(eventually([&] { return ran == 1; }));
  // Minutes that were slept through are made up for.
  *minutes = 4;
  EXPECT_TRUE(eventually([&] { return ran == 4; }));
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(ran, 4);
}

INSTANTIATE_TEST_SUITE_P(Databases, WorkerTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::jobs

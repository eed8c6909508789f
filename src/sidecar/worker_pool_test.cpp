#include "sidecar/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/error.h"

namespace heaters::sidecar {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

// Against real workers in Python, with the tasks of worker_pool_test_tasks.py.
class WorkerPoolTest : public testing::Test {
 protected:
  WorkerPoolTest() {
    options.command = {"/usr/bin/python3", "-m", "heaters_worker", "worker_pool_test_tasks"};
    options.environment = {"PATH=/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1",
                           "PYTHONPATH=" HEATERS_SOURCE_DIR "/python:" HEATERS_SOURCE_DIR "/src/sidecar"};
    options.configuration = {{"greeting", "hello"}};
    options.cancel_grace = 300ms;
  }

  Json run(WorkerPool& pool, const std::string& task, const Json& arguments = Json::object(),
           std::chrono::milliseconds deadline = 60s) {
    return pool.run(
        {task, arguments, deadline}, [&](const Json& event) { events.push_back(event); }, stop.get_token());
  }

  Error failure(WorkerPool& pool, const std::string& task, const Json& arguments = Json::object(),
                std::chrono::milliseconds deadline = 60s) {
    try {
      run(pool, task, arguments, deadline);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << task << " has ended well";
    return {ErrorKind::Internal, ""};
  }

  PoolOptions options;
  std::stop_source stop;
  std::vector<Json> events;
};

TEST_F(WorkerPoolTest, ACommandHasAResultAndEvents) {
  WorkerPool pool(options);
  EXPECT_EQ(pool.started(), 0);
  EXPECT_EQ(run(pool, "echo", {{"a", "ü\n\"x"}}), Json({{"a", "ü\n\"x"}}));
  EXPECT_EQ(run(pool, "configuration")["greeting"], "hello");
  EXPECT_EQ(pool.started(), 1);
  events.clear();
  run(pool, "count", {{"to", 3}});
  ASSERT_THAT(events, SizeIs(4));
  EXPECT_EQ(events[0]["event"], "started");
  EXPECT_EQ(events[3]["event"], "progress");
  EXPECT_EQ(events[3]["bytes"], 3);
  EXPECT_EQ(events[3]["total"], 3);
}

TEST_F(WorkerPoolTest, SaysWhatItIs) {
  options.command.push_back("no_such_module");
  WorkerPool pool(options);
  const Json hello = pool.hello({});
  EXPECT_EQ(hello["tasks"]["worker_pool_test_tasks"]["version"], "7");
  EXPECT_THAT(hello["tasks"]["no_such_module"]["error"].get<std::string>(), HasSubstr("no_such_module"));
}

TEST_F(WorkerPoolTest, ErrorsOfTasksComeAsTheyAre) {
  WorkerPool pool(options);
  const Error error = failure(pool, "fail", {{"kind", "not_found"}, {"message", "gone"}});
  EXPECT_EQ(error.kind(), ErrorKind::NotFound);
  EXPECT_STREQ(error.what(), "gone");
  EXPECT_EQ(
      failure(pool, "fail", {{"kind", "unavailable"}, {"message", "m"}, {"retry_after", 9}}).retry_after(),
      9s);
  EXPECT_EQ(failure(pool, "raise").kind(), ErrorKind::Internal);
  EXPECT_EQ(failure(pool, "no such task").kind(), ErrorKind::Unsupported);
  EXPECT_EQ(run(pool, "echo", {{"a", 1}})["a"], 1);
  EXPECT_EQ(pool.started(), 1) << "an error of a task is no reason to replace the worker";
}

TEST_F(WorkerPoolTest, WhatIsPrintedDoesNotGetBetweenTheEvents) {
  WorkerPool pool(options);
  EXPECT_EQ(run(pool, "garbage", {{"bytes", 500'000}})["printed"], 500'000);
  EXPECT_EQ(run(pool, "echo", {{"a", 1}})["a"], 1);
  EXPECT_EQ(pool.started(), 1);
}

TEST_F(WorkerPoolTest, AWorkerThatBreaksTheProtocolIsReplaced) {
  WorkerPool pool(options);
  EXPECT_EQ(failure(pool, "break_protocol").kind(), ErrorKind::Unavailable);
  EXPECT_EQ(run(pool, "echo", {{"a", 1}})["a"], 1);
  EXPECT_EQ(pool.started(), 2);
}

TEST_F(WorkerPoolTest, AWorkerThatDiesIsReplaced) {
  options.size = 1;
  WorkerPool pool(options);
  const Error killed = failure(pool, "kill_self");
  EXPECT_EQ(killed.kind(), ErrorKind::Unavailable);
  EXPECT_THAT(killed.what(), HasSubstr("signal 9"));
  const Error ended = failure(pool, "exit", {{"code", 3}});
  EXPECT_THAT(ended.what(), testing::AllOf(HasSubstr("exit code 3"), HasSubstr("last words")));
  EXPECT_EQ(run(pool, "echo", {{"a", 1}})["a"], 1);
  EXPECT_EQ(pool.started(), 3);
  // Between commands, too, and then no command fails for it.
  const pid_t pid = run(pool, "pid")["pid"].get<int>();
  ::kill(pid, SIGKILL);
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(run(pool, "echo", {{"a", 2}})["a"], 2);
  EXPECT_EQ(pool.started(), 4);
}

TEST_F(WorkerPoolTest, TalkingToOneThatIsGoneIsAnError) {
  WorkerProcess gone({"/bin/sh", "-c", "echo bye"}, {"PATH=/usr/bin:/bin"});
  while (gone.is_running()) std::this_thread::sleep_for(1ms);
  try {
    gone.send({{"id", 1}});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
    EXPECT_THAT(error.what(), HasSubstr("bye"));
  }
}

TEST_F(WorkerPoolTest, AHangingWorkerIsEndedAtItsDeadline) {
  WorkerPool pool(options);
  run(pool, "echo");
  const auto began = std::chrono::steady_clock::now();
  // Gives up when it is asked to: the worker stays.
  EXPECT_EQ(failure(pool, "sleep", {{"seconds", 60}}, 300ms).kind(), ErrorKind::Unavailable);
  EXPECT_EQ(run(pool, "echo", {{"a", 1}})["a"], 1);
  EXPECT_EQ(pool.started(), 1);
  // Does not: it is killed.
  EXPECT_EQ(failure(pool, "hang", {{"seconds", 60}}, 300ms).kind(), ErrorKind::Unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  EXPECT_EQ(run(pool, "echo", {{"a", 2}})["a"], 2);
  EXPECT_EQ(pool.started(), 2);
}

TEST_F(WorkerPoolTest, AStopEndsACommandInTheMiddle) {
  WorkerPool pool(options);
  run(pool, "echo");
  std::jthread stopper([&] {
    std::this_thread::sleep_for(200ms);
    stop.request_stop();
  });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(failure(pool, "sleep", {{"seconds", 60}}).kind(), ErrorKind::Cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  stop = std::stop_source();
  EXPECT_EQ(run(pool, "echo", {{"a", 1}})["a"], 1);
  EXPECT_EQ(pool.started(), 1);
}

TEST_F(WorkerPoolTest, AWorkerThatGrowsIsKilledOrReplaced) {
  options.most_bytes = std::uint64_t{300} << 20;
  options.recycle_bytes = std::uint64_t{150} << 20;
  WorkerPool pool(options);
  const Error error = failure(pool, "grow", {{"mib", 2000}});
  EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  EXPECT_THAT(error.what(), HasSubstr("memory"));
  EXPECT_EQ(pool.started(), 1);
  run(pool, "leak", {{"mib", 200}});
  run(pool, "echo");
  EXPECT_EQ(pool.started(), 3) << "replaced after the command that left it so large";
}

TEST_F(WorkerPoolTest, WorkersAreReplacedAfterSoManyCommands) {
  options.recycle_after = 3;
  WorkerPool pool(options);
  std::vector<int> pids;
  pids.reserve(7);
  for (int i = 0; i < 7; ++i) pids.push_back(run(pool, "pid")["pid"].get<int>());
  EXPECT_EQ(pool.started(), 3);
  EXPECT_EQ(pids[0], pids[2]);
  EXPECT_NE(pids[2], pids[3]);
}

TEST_F(WorkerPoolTest, ManyCallersShareTheWorkers) {
  options.size = 2;
  WorkerPool pool(options);
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> callers;
    callers.reserve(20);
    for (int i = 0; i < 20; ++i) {
      callers.emplace_back([&, i] {
        const Json result = pool.run({"echo", {{"i", i}}}, {}, {});
        if (result["i"] == i) ++done;
      });
    }
  }
  EXPECT_EQ(done, 20);
  EXPECT_LE(pool.started(), 2);
}

TEST_F(WorkerPoolTest, TooManyCallersAreTurnedAway) {
  options.size = 1;
  options.most_waiting = 0;
  WorkerPool pool(options);
  run(pool, "echo");
  std::jthread busy([&] { pool.run({"sleep", {{"seconds", 1}}}, {}, {}); });
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(failure(pool, "echo").kind(), ErrorKind::Unavailable);
}

TEST_F(WorkerPoolTest, SeesOnlyTheEnvironmentItIsGiven) {
  ::setenv("HEATERS_TEST_CANARY", "canary-in-the-environment", 1);
  WorkerPool pool(options);
  EXPECT_THAT(run(pool, "environment").dump(), Not(HasSubstr("canary")));
}

TEST_F(WorkerPoolTest, WhatCannotBeStartedIsSaidClearly) {
  options.command = {"/no/such/python"};
  WorkerPool none(options);
  EXPECT_THAT(failure(none, "echo").what(), HasSubstr("/no/such/python"));
  options.command = {"/bin/sh", "-c", "echo no module >&2; exit 1"};
  WorkerPool broken(options);
  const Error error = failure(broken, "echo");
  EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  EXPECT_THAT(error.what(), HasSubstr("no module"));
}

TEST_F(WorkerPoolTest, NothingIsLeftRunning) {
  pid_t pid = 0;
  {
    WorkerPool pool(options);
    pid = run(pool, "pid")["pid"].get<int>();
  }
  EXPECT_NE(::kill(pid, 0), 0);
  // What a worker has started goes with it.
  WorkerPool pool(options);
  run(pool, "spawn");
  const int child = run(pool, "child")["pid"].get<int>();
  EXPECT_EQ(::kill(child, 0), 0);
  failure(pool, "kill_self");
  for (int i = 0; i < 100 && ::kill(child, 0) == 0; ++i) {
    std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
    std::string text;
    std::getline(stat, text);
    if (text.find(") Z ") != std::string::npos) return;  // dead, and somebody else's to reap
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_NE(::kill(child, 0), 0);
}

TEST_F(WorkerPoolTest, TheGuardSeesWhatPythonConnectsTo) {
  options.configuration["guard"] = Json::parse(R"({
    "refused": [["127.0.0.0/8", "a loopback address"], ["::/96", "a reserved address"]],
    "embeddings": [["64:ff9b::/96", 12]]})");
  WorkerPool pool(options);
  for (const char* address : {"127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"}) {
    const Error error = failure(pool, "connect", {{"address", address}});
    EXPECT_THAT(error.what(), HasSubstr("refused: ")) << address;
  }
  // Whatever the name said before: the address that is connected to counts.
  EXPECT_THAT(failure(pool, "rebind").what(), HasSubstr("refused: 127.0.0.1 is a loopback address"));
  EXPECT_THAT(failure(pool, "start_program", {{"command", {"curl", "http://127.0.0.1/"}}}).what(),
              HasSubstr("not started"));
  EXPECT_THAT(failure(pool, "start_program", {{"command", {"ffmpeg", "-i", "http://127.0.0.1/"}}}).what(),
              HasSubstr("refused: ffmpeg"));
}

}  // namespace
}  // namespace heaters::sidecar

// Pools from outside: workers that are processes, started to demand, on a real database and a real store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "base/file.h"
#include "fixtures/command.h"
#include "fixtures/installation.h"
#include "fixtures/sample.h"

namespace heaters {
namespace {

using namespace std::chrono_literals;
using fixtures::Installation;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* settings =
    "[jobs]\nbeat_seconds = 0.3\nnode_timeout_seconds = 6\nshutdown_grace_seconds = 1\n"
    "[pools.all]\nqueues = \"acquire=2,ingest=1,publish=2\"\nmax = 4\nidle_exit_seconds = 1\n";

constexpr const char* alive = "SELECT count(*) FROM pool_workers WHERE ended_at IS NULL";
constexpr const char* working = "SELECT count(*) FROM pool_workers WHERE state = 'running'";
// So many have been at work, if not at the same time.
constexpr const char* four_began = "SELECT count(*) >= 4 FROM pool_workers WHERE started_at IS NOT NULL";
constexpr const char* encoding =
    "SELECT count(*) FROM public.oban_jobs WHERE state = 'executing' AND queue = 'heaters_ingest'";

class PoolsTest : public testing::Test {
 protected:
  void SetUp() override { installation->configure(settings); }

  void submit(const std::vector<std::filesystem::path>& files) const {
    std::vector<std::string> command = {"ingest"};
    for (const auto& file : files) command.push_back(file.string());
    ASSERT_EQ(installation->run(command).exit_code, 0) << installation->log();
  }

  std::filesystem::path long_video() const {
    const auto path = installation->folder() / "long.mkv";
    fixtures::make({"-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=30", "-c:v", "mpeg2video", "-q:v", "3",
                    path.string()});
    return path;
  }

  Json pool() const { return installation->run_json({"pools", "list", "--json"})[0]; }

  // The processes of all workers there ever were.
  std::vector<int> processes() const {
    std::istringstream text(
        installation->ask("SELECT string_agg(split_part(place, ':', 2), ' ') FROM pool_workers"));
    std::vector<int> found;
    for (int process = 0; text >> process;) found.push_back(process);
    return found;
  }
  bool are_gone(const std::vector<int>& processes) const {
    for (int i = 0; i < 500; ++i) {
      const bool any =
          std::any_of(processes.begin(), processes.end(), [](int each) { return ::kill(each, 0) == 0; });
      if (!any) return true;
      std::this_thread::sleep_for(20ms);
    }
    return false;
  }

  std::unique_ptr<Installation> installation = Installation::shared();
};

TEST_F(PoolsTest, ABurstIsWorkedOffByAsManyAsThereMayBeAndThenThereAreNone) {
  const auto control = installation->start({"pools", "run"});
  const auto videos = fixtures::small_videos(installation->folder() / "videos", 40);
  submit(videos);
  EXPECT_EQ(installation->await(four_began, "t", 60), "t");
  ASSERT_EQ(installation->await(fixtures::unfinished_submissions, "0", 120), "0");
  EXPECT_EQ(installation->ask("SELECT count(*) FROM videos"), "40");
  EXPECT_EQ(installation->ask("SELECT count(*) || ' ' || sum(attempt) FROM public.oban_jobs"), "120 120");
  EXPECT_EQ(installation->await(alive, "0", 30), "0");
  const Json shown = pool();
  EXPECT_EQ(shown["target"], 0);
  EXPECT_EQ(shown["max"], 4);
  ASSERT_GE(shown["ended"].size(), 4U);
  for (const Json& worker : shown["ended"]) EXPECT_EQ(worker["cause"], "idle");
  EXPECT_THAT(processes(), SizeIs(shown["ended"].size()));
  EXPECT_TRUE(are_gone(processes()));
}

TEST_F(PoolsTest, AnotherControllerTakesOverInTheMiddleOfABurst) {
  auto first = installation->start({"pools", "run"});
  ASSERT_EQ(installation->await("SELECT count(*) FROM pools WHERE controller IS NOT NULL", "1", 20), "1");
  const auto second = installation->start({"pools", "run"}, 1);
  const std::string controller = installation->ask("SELECT controller FROM pools");
  submit(fixtures::small_videos(installation->folder() / "videos", 30));
  ASSERT_EQ(installation->await("SELECT count(*) > 0 FROM pool_workers WHERE state = 'running'", "t", 60),
            "t");
  const auto of_first = processes();
  first->signal(SIGKILL);
  first->wait();
  ASSERT_EQ(installation->await(fixtures::unfinished_submissions, "0", 120), "0");
  EXPECT_EQ(installation->ask("SELECT count(*) FROM videos"), "30");
  EXPECT_EQ(installation->await("SELECT controller <> '" + controller + "' FROM pools", "t", 30), "t");
  EXPECT_TRUE(are_gone(of_first));
  EXPECT_EQ(installation->await(alive, "0", 60), "0");
  EXPECT_TRUE(are_gone(processes()));
  // Nobody burnt an attempt: workers handed back what they had.
  EXPECT_EQ(installation->ask("SELECT max(attempt) FROM public.oban_jobs"), "1");
  EXPECT_THAT(installation->run_json({"gc", "--grace", "0", "--json"})["orphans"], SizeIs(0));
}

TEST_F(PoolsTest, DrainedInTheMiddleOfAnEncodeItLosesNothing) {
  const auto control = installation->start({"pools", "run"});
  submit({long_video()});
  ASSERT_EQ(installation->await(encoding, "1", 30), "1");
  EXPECT_EQ(installation->run({"pools", "drain", "all", "--wait"}).exit_code, 0);
  EXPECT_EQ(
      installation->ask(
          "SELECT state::text || attempt || coalesce(array_length(errors, 1), 0) FROM public.oban_jobs WHERE "
          "queue = 'heaters_ingest'"),
      "available00");
  EXPECT_TRUE(are_gone(processes()));
  EXPECT_TRUE(pool()["is_draining"].get<bool>());
  EXPECT_EQ(pool()["ended"][0]["cause"], "stopped");
  EXPECT_EQ(installation->run({"pools", "drain", "all", "--resume"}).exit_code, 0);
  EXPECT_EQ(installation->await("SELECT state FROM submissions", "ready", 60), "ready");
}

// As systemd and Ctrl-C do.
TEST_F(PoolsTest, WhenAllProcessesAreToldToStopAtOnceNothingIsLost) {
  const auto control = installation->start({"pools", "run"});
  submit({long_video()});
  ASSERT_EQ(installation->await(encoding, "1", 30), "1");
  const auto workers = processes();
  for (const int worker : workers) ::kill(worker, SIGTERM);
  control->signal(SIGTERM);
  EXPECT_EQ(control->wait(), 0);
  EXPECT_TRUE(are_gone(workers));
  EXPECT_EQ(installation->ask("SELECT string_agg(DISTINCT cause, ',') FROM pool_workers"), "stopped");
  EXPECT_EQ(
      installation->ask("SELECT state::text || attempt FROM public.oban_jobs WHERE queue = 'heaters_ingest'"),
      "available0");
}

TEST_F(PoolsTest, AWorkerThatIsKilledIsReplacedAndItsJobSaysSo) {
  const auto control = installation->start({"pools", "run"});
  submit({long_video()});
  ASSERT_EQ(installation->await(encoding, "1", 30), "1");
  const std::string node = installation->ask(
      "SELECT attempted_by[1] FROM public.oban_jobs WHERE queue = 'heaters_ingest' AND state = 'executing'");
  const std::string worker = installation->ask("SELECT id FROM pool_workers WHERE node = '" + node + "'");
  ::kill(std::stoi(installation->ask("SELECT split_part(place, ':', 2) FROM pool_workers WHERE id = '" +
                                     worker + "'")),
         SIGKILL);
  ASSERT_EQ(installation->await("SELECT state FROM submissions", "ready", 60), "ready");
  EXPECT_THAT(
      installation->ask("SELECT errors[1]->>'error' FROM public.oban_jobs WHERE queue = 'heaters_ingest'"),
      AllOf(HasSubstr(worker), HasSubstr("killed by signal 9")));
  EXPECT_EQ(installation->ask("SELECT attempt FROM public.oban_jobs WHERE queue = 'heaters_ingest'"), "2");
}

TEST_F(PoolsTest, LimitsAreChangedWhileItRuns) {
  installation->configure(std::string(settings) + "min = 1\n");
  const auto control = installation->start({"pools", "run"});
  ASSERT_EQ(installation->await(working, "1", 30), "1");
  EXPECT_EQ(installation->run({"pools", "set", "all", "--min", "2", "--max", "3"}).exit_code, 0);
  EXPECT_EQ(installation->await(working, "2", 30), "2");
  EXPECT_EQ(pool()["min"], 2);
  EXPECT_EQ(installation->run({"pools", "set", "all", "--min", "0", "--max", "1"}).exit_code, 0);
  EXPECT_EQ(installation->await(alive, "0", 30), "0");
  EXPECT_EQ(installation->run({"pools", "set", "nobody", "--min", "0"}).exit_code, 1);
}

TEST_F(PoolsTest, ServeRunsThePoolsAndStopsTheirWorkersWithIt) {
  installation->configure(std::string(settings) + "min = 1\n");
  auto serve = installation->start({"serve", "--port", "0"});
  // The pool's, and one for what no pool works at.
  ASSERT_EQ(installation->await(working, "2", 30), "2");
  submit(fixtures::small_videos(installation->folder() / "videos", 2));
  ASSERT_EQ(installation->await(fixtures::unfinished_submissions, "0", 60), "0");
  // The server's own worker does not work at what pools do.
  EXPECT_EQ(
      installation->ask("SELECT count(*) FROM public.oban_jobs WHERE NOT EXISTS (SELECT 1 FROM pool_workers "
                        "WHERE node = attempted_by[1] AND pool = 'all')"),
      "0");
  serve->signal(SIGTERM);
  EXPECT_EQ(serve->wait(), 0);
  EXPECT_TRUE(are_gone(processes()));
  EXPECT_EQ(installation->ask(alive), "0");
  EXPECT_EQ(installation->ask("SELECT count(*) FROM pools WHERE controller IS NOT NULL"), "0");
}

}  // namespace
}  // namespace heaters

// A pool whose workers are machines of Fly.io, against a stand-in for its API that keeps its limits and gives
// its errors, over HTTP. What machines run is the real worker, on a real database and a real store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "fixtures/command.h"
#include "fixtures/fly_server.h"
#include "fixtures/installation.h"
#include "fixtures/process.h"

namespace heaters {
namespace {

using namespace std::chrono_literals;
using fixtures::Installation;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr const char* alive = "SELECT count(*) FROM pool_workers WHERE ended_at IS NULL";

Json fault(const std::string& action, int status, const Json& body = {{"error", "injected"}}) {
  return {{"action", action}, {"status", status}, {"body", body}};
}

Json without_room() {
  return {{"error", "could not reserve resource for your machine: insufficient CPUs available"},
          {"status", "insufficient_capacity"}};
}

class FlyPoolTest : public testing::Test {
 protected:
  // A controller, which alone knows the token.
  std::unique_ptr<fixtures::Process> control(const std::string& limits = "max = 5\n") {
    const std::string program = fixtures::heaters({}).front();
    installation->configure(R"(
[jobs]
beat_seconds = 0.3
node_timeout_seconds = 2
shutdown_grace_seconds = 1
[pools.fly]
backend = "fly"
queues = "acquire=2,ingest=1,publish=2"
idle_exit_seconds = 1
boot_timeout_seconds = 12
fly_app = "app"
fly_image = "registry.fly.io/heaters:1"
fly_regions = ["ams", "fra"]
environment = ["DATABASE_URL", "HEATERS_STORE", "HEATERS_HOME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
               "AWS_REGION", "AWS_ENDPOINT_URL"]
)" + ("program = \"" + program + "\"\nfly_api = \"" + fly.url() + "\"\n" + limits));
    return installation->start_with({{"FLY_API_TOKEN", fixtures::FlyServer::token}}, {"pools", "run"});
  }

  void submit(int count) {
    std::vector<std::string> command = {"ingest"};
    for (const auto& file : fixtures::small_videos(installation->folder() / "videos", count))
      command.push_back(file.string());
    ASSERT_EQ(installation->run(command).exit_code, 0) << installation->log();
  }

  void expect_all_ready(const std::string& videos) {
    ASSERT_EQ(installation->await(fixtures::unfinished_submissions, "0", 120), "0")
        << installation->log() << fly.log() << fly.state().dump(1);
    EXPECT_EQ(installation->ask("SELECT count(*) FROM videos"), videos);
  }

  // Until so many machines are left that are in the state, and no other.
  Json await_machines(std::size_t count) {
    Json state;
    for (int i = 0; i < 300; ++i) {
      state = fly.state();
      if (state["machines"].size() == count && state["running"] == 0 && installation->ask(alive) == "0")
        break;
      std::this_thread::sleep_for(100ms);
    }
    return state;
  }

  fixtures::FlyServer fly;
  std::unique_ptr<Installation> installation = Installation::shared();
};

TEST_F(FlyPoolTest, ABurstIsWorkedOffWhateverFlyAnswers) {
  Json lost = fault("create", 0);
  lost["happens"] = true;
  Json half = fault("create", 500);
  half["happens"] = true;
  fly.inject(Json::array({fault("create", 429), lost, half, fault("create", 412, without_room())}));
  fly.inject(Json::array({fault("list", 500), fault("list", 429), fault("list", 0)}));
  const auto controller = control("min = 4\nmax = 5\n");
  submit(30);
  EXPECT_EQ(installation->await("SELECT count(*) >= 4 FROM pool_workers WHERE state = 'running'", "t", 90),
            "t")
      << installation->log();
  EXPECT_EQ(fly.state()["faults_left"], 0);
  // No room in either region, and a request that is never answered.
  fly.inject(Json::array(
      {fault("create", 409, without_room()), fault("create", 422, without_room()), fault("create", 408)}));
  EXPECT_EQ(installation->run({"pools", "set", "fly", "--min", "5"}).exit_code, 0);
  expect_all_ready("30");
  EXPECT_EQ(installation->await("SELECT count(*) FROM pool_workers WHERE state = 'running'", "5", 60), "5");
  EXPECT_EQ(fly.state()["faults_left"], 0);
  EXPECT_THAT(installation->ask("SELECT string_agg(cause, ' ') FROM pool_workers"),
              testing::AllOf(HasSubstr("insufficient_capacity"), HasSubstr("no answer")));
  EXPECT_EQ(installation->run({"pools", "set", "fly", "--min", "0"}).exit_code, 0);
  const Json state = await_machines(0);
  EXPECT_THAT(state["machines"], SizeIs(0));
  EXPECT_EQ(state["running"], 0);
  EXPECT_LE(state["most"], 5);
  EXPECT_EQ(state["too_many"], 0);
  // Where there was no room in the first region the second was asked.
  EXPECT_THAT(state["regions"].dump(), HasSubstr("fra"));
  EXPECT_EQ(installation->ask("SELECT max(attempt) FROM public.oban_jobs"), "1");
  EXPECT_THAT(installation->log(), Not(HasSubstr(fixtures::FlyServer::token)));
}

TEST_F(FlyPoolTest, AMachineThatNeverStartsIsDeletedAndAnotherMade) {
  fly.stick(1);
  const auto controller = control("max = 1\n");
  submit(2);
  expect_all_ready("2");
  EXPECT_EQ(installation->ask("SELECT count(*) FROM pool_workers WHERE cause LIKE 'did not begin within%'"),
            "1");
  const Json state = await_machines(0);
  EXPECT_THAT(state["machines"], SizeIs(0));
  EXPECT_EQ(state["created"], 2);
}

TEST_F(FlyPoolTest, AMachineOfThePoolThatNobodyKnowsIsDeleted) {
  fly.make_stranger("fly");
  fly.make_stranger("other");
  fly.inject(Json::array({fault("delete", 500)}));
  const auto controller = control();
  Json state;
  for (int i = 0; i < 200; ++i) {
    state = fly.state();
    if (state["machines"].size() == 1) break;
    std::this_thread::sleep_for(100ms);
  }
  ASSERT_THAT(state["machines"], SizeIs(1));
  EXPECT_EQ(state["machines"][0]["config"]["metadata"]["heaters_pool"], "other");
  EXPECT_EQ(state["faults_left"], 0);
}

TEST_F(FlyPoolTest, MachinesThatAreKeptAreStartedAgain) {
  const auto controller = control("max = 5\nfly_keep_stopped = 2\n");
  submit(6);
  expect_all_ready("6");
  const Json first = await_machines(2);
  ASSERT_THAT(first["machines"], SizeIs(2));
  for (const Json& machine : first["machines"]) EXPECT_EQ(machine["state"], "stopped");
  EXPECT_EQ(installation->run({"pools", "set", "fly", "--min", "2"}).exit_code, 0);
  EXPECT_EQ(installation->await("SELECT count(*) FROM pool_workers WHERE state = 'running'", "2", 30), "2")
      << installation->log() << fly.log();
  const Json second = fly.state();
  EXPECT_EQ(second["started_again"], 2);
  EXPECT_EQ(second["created"], first["created"]);
  EXPECT_EQ(installation->run({"pools", "set", "fly", "--min", "0"}).exit_code, 0);
  EXPECT_THAT(await_machines(2)["machines"], SizeIs(2));
  EXPECT_EQ(fly.state()["too_many"], 0);
}

TEST_F(FlyPoolTest, DrainedItHasNoMachines) {
  const auto controller = control("min = 2\nmax = 5\n");
  ASSERT_EQ(installation->await("SELECT count(*) FROM pool_workers WHERE state = 'running'", "2", 30), "2")
      << installation->log() << fly.log();
  EXPECT_EQ(installation->run({"pools", "drain", "fly", "--wait"}).exit_code, 0);
  EXPECT_THAT(await_machines(0)["machines"], SizeIs(0));
  EXPECT_EQ(installation->ask("SELECT string_agg(DISTINCT cause, ',') FROM pool_workers"), "stopped");
}

TEST_F(FlyPoolTest, AWrongTokenIsSaidSo) {
  auto controller = control();
  controller->signal(15);
  controller->wait();
  const auto refused = installation->run_with({{"FLY_API_TOKEN", ""}}, {"pools", "run"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("FLY_API_TOKEN"));
}

}  // namespace
}  // namespace heaters

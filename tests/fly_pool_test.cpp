// A pool whose workers are machines of Fly.io, against a stand-in for its API that keeps its limits and gives
// its errors, over HTTP. What machines run is the real worker, on a real database and a real store.

#include "machine_pool.h"

namespace heaters {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Json without_room() {
  return {{"error", "could not reserve resource for your machine: insufficient CPUs available"},
          {"status", "insufficient_capacity"}};
}

class FlyPoolTest : public MachinePoolTest {
 protected:
  // A controller, which alone knows the token.
  std::unique_ptr<fixtures::Process> control(const std::string& limits) {
    installation->configure(settings() + R"(
backend = "fly"
fly_app = "app"
fly_image = "registry.fly.io/heaters:1"
fly_regions = ["ams", "fra"]
environment = ["DATABASE_URL", "HEATERS_STORE", "HEATERS_HOME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
               "AWS_REGION", "AWS_ENDPOINT_URL"]
)" + "fly_api = \"" + fly.url() +
                            "\"\n" + limits);
    return installation->start_with({{"FLY_API_TOKEN", fixtures::MachineApi::token}}, {"pools", "run"});
  }

  // A machine that nobody asked for.
  void make_stranger(const std::string& pool) const {
    Json body;
    body["name"] = "stranger-" + pool;
    body["config"] = {
        {"image", "x"}, {"init", {{"cmd", {"/bin/sleep", "600"}}}}, {"metadata", {{"heaters_pool", pool}}}};
    fly.post("/v1/apps/app/machines", body);
  }

  fixtures::MachineApi& api() override { return fly; }

  fixtures::MachineApi fly = fixtures::MachineApi::fly();
};

TEST_F(FlyPoolTest, ABurstIsWorkedOffWhateverFlyAnswers) {
  fly.inject(Json::array({fault("create", 429), lost("create", 0), lost("create", 500),
                          fault("create", 412, without_room()), fault("list", 500), fault("list", 429),
                          fault("list", 0)}));
  const auto controller = control("min = 4\nmax = 5\n");
  submit(30);
  EXPECT_EQ(installation->await("SELECT count(*) >= 4 FROM pool_workers WHERE state = 'running'", "t", 90),
            "t")
      << installation->log();
  EXPECT_EQ(fly.state()["faults_left"], 0);
  // No room in either region, and a request that is never answered.
  fly.inject(Json::array(
      {fault("create", 409, without_room()), fault("create", 422, without_room()), fault("create", 408)}));
  set_min(5);
  expect_all_ready("30");
  EXPECT_EQ(installation->await(running, "5", 60), "5");
  EXPECT_EQ(fly.state()["faults_left"], 0);
  EXPECT_THAT(installation->ask("SELECT string_agg(cause, ' ') FROM pool_workers"),
              AllOf(HasSubstr("insufficient_capacity"), HasSubstr("did not begin within 12 s")));
  set_min(0);
  const Json state = await_left("machines", 0);
  EXPECT_THAT(state["machines"], SizeIs(0));
  EXPECT_LE(state["most"], 5);
  EXPECT_EQ(state["too_many"], 0);
  // Where there was no room in the first region the second was asked.
  EXPECT_THAT(state["regions"].dump(), HasSubstr("fra"));
  EXPECT_EQ(installation->ask("SELECT max(attempt) FROM public.oban_jobs"), "1");
  EXPECT_THAT(installation->log(), Not(HasSubstr(fixtures::MachineApi::token)));
}

TEST_F(FlyPoolTest, AMachineThatNeverStartsIsDeletedAndAnotherMade) {
  fly.control("stick", 1);
  const auto controller = control("max = 1\n");
  submit(2);
  expect_all_ready("2");
  EXPECT_EQ(installation->ask("SELECT count(*) FROM pool_workers WHERE cause LIKE 'did not begin within%'"),
            "1");
  const Json state = await_left("machines", 0);
  EXPECT_THAT(state["machines"], SizeIs(0));
  EXPECT_EQ(state["created"], 2);
}

TEST_F(FlyPoolTest, AMachineOfThePoolThatNobodyKnowsIsDeleted) {
  make_stranger("pool");
  make_stranger("other");
  fly.inject(Json::array({fault("delete", 500)}));
  const auto controller = control("max = 1\n");
  Json state;
  for (int i = 0; i < 200; ++i) {
    state = fly.state();
    if (state["machines"].size() == 1) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  ASSERT_THAT(state["machines"], SizeIs(1));
  EXPECT_EQ(state["machines"][0]["config"]["metadata"]["heaters_pool"], "other");
  EXPECT_EQ(state["faults_left"], 0);
}

TEST_F(FlyPoolTest, MachinesThatAreKeptAreStartedAgain) {
  const auto controller = control("max = 5\nfly_keep_stopped = 2\n");
  submit(6);
  expect_all_ready("6");
  set_min(2);
  EXPECT_EQ(installation->await(running, "2", 30), "2");
  set_min(0);
  const Json first = await_left("machines", 2);
  ASSERT_THAT(first["machines"], SizeIs(2));
  for (const Json& machine : first["machines"]) EXPECT_EQ(machine["state"], "stopped");
  // The controller hears of it with its next list.
  std::this_thread::sleep_for(std::chrono::seconds(4));
  set_min(2);
  EXPECT_EQ(installation->await(running, "2", 30), "2");
  const Json second = fly.state();
  EXPECT_EQ(second["started_again"].get<int>(), first["started_again"].get<int>() + 2);
  EXPECT_EQ(second["created"], first["created"]);
  set_min(0);
  EXPECT_THAT(await_left("machines", 2)["machines"], SizeIs(2));
  EXPECT_EQ(fly.state()["too_many"], 0);
}

TEST_F(FlyPoolTest, DrainedItHasNoMachines) {
  const auto controller = control("min = 2\nmax = 5\n");
  ASSERT_EQ(installation->await(running, "2", 30), "2") << installation->log() << fly.log();
  EXPECT_EQ(installation->run({"pools", "drain", "pool", "--wait"}).exit_code, 0);
  EXPECT_THAT(await_left("machines", 0)["machines"], SizeIs(0));
  EXPECT_EQ(installation->ask("SELECT string_agg(DISTINCT cause, ',') FROM pool_workers"), "stopped");
}

TEST_F(FlyPoolTest, WithoutATokenItSaysSo) {
  control("max = 1\n")->signal(15);
  const auto refused = installation->run_with({{"FLY_API_TOKEN", ""}}, {"pools", "run"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("FLY_API_TOKEN"));
}

}  // namespace
}  // namespace heaters

// A pool whose workers are jobs of Kubernetes, against a stand-in for its API, over TLS. What pods run is the
// real worker, on a real database and a real store.

#include "fixtures/sample.h"
#include "machine_pool.h"

namespace heaters {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Json status(int code, const std::string& message) {
  return {{"kind", "Status"}, {"status", "Failure"}, {"message", message}, {"code", code}};
}

class KubernetesPoolTest : public MachinePoolTest {
 protected:
  // A controller that is the pod "controller-0"; its account's files are elsewhere than in a pod.
  std::unique_ptr<fixtures::Process> control(const std::string& limits) {
    installation->configure(settings() +
                            "backend = \"kubernetes\"\nkubernetes_namespace = \"video\"\nkubernetes_secret = "
                            "\"heaters\"\nkubernetes_memory = \"2Gi\"\nkubernetes_api = \"" +
                            cluster.url() + "\"\nkubernetes_ca_file = \"" + cluster.certificate().string() +
                            "\"\nkubernetes_token_file = \"" + cluster.token_file().string() + "\"\n" +
                            limits);
    return installation->start_with({{"POD_NAME", "controller-0"}}, {"pools", "run"});
  }

  // What the Secret holds.
  Json environment() const {
    Json entries;
    for (const auto& [name, value] : installation->environment()) entries[name] = value;
    entries["HEATERS_HOME"] = installation->home(1).string();
    return entries;
  }

  fixtures::MachineApi& api() override { return cluster; }

  fixtures::MachineApi cluster = fixtures::MachineApi::kubernetes(environment());
};

TEST_F(KubernetesPoolTest, ABurstIsWorkedOffWhateverTheApiAnswers) {
  cluster.inject(Json::array(
      {fault("create", 429, status(429, "too many requests")), lost("create", 0), lost("create", 500),
       fault("create", 403, status(403, "pods is forbidden: exceeded quota: compute, requested: cpu=2")),
       fault("list", 500, status(500, "etcdserver: request timed out")), fault("list", 0)}));
  const auto controller = control("min = 4\nmax = 5\n");
  submit(30);
  EXPECT_EQ(installation->await("SELECT count(*) >= 4 FROM pool_workers WHERE state = 'running'", "t", 90),
            "t")
      << installation->log() << cluster.log();
  expect_all_ready("30");
  EXPECT_EQ(cluster.state()["faults_left"], 0);
  EXPECT_THAT(installation->ask("SELECT string_agg(cause, ' ') FROM pool_workers"),
              HasSubstr("exceeded quota"));
  set_min(0);
  const Json state = await_left("jobs", 0);
  EXPECT_THAT(state["jobs"], SizeIs(0));
  EXPECT_LE(state["most"], 5);
  EXPECT_EQ(state["wrong"], Json::array());
  EXPECT_EQ(installation->ask("SELECT max(attempt) FROM public.oban_jobs"), "1");
  EXPECT_THAT(installation->log(), Not(HasSubstr(fixtures::MachineApi::token)));
}

TEST_F(KubernetesPoolTest, APodThatWaitsForItsImageIsDeletedAndThePoolSaysWhy) {
  cluster.control("wait", "ImagePullBackOff");
  const auto controller = control("max = 1\n");
  submit(2);
  expect_all_ready("2");
  EXPECT_EQ(
      installation->ask(
          "SELECT count(*) FROM pool_workers WHERE cause = 'did not begin within 12 s: ImagePullBackOff'"),
      "1");
  EXPECT_THAT(await_left("jobs", 0)["jobs"], SizeIs(0));
}

TEST_F(KubernetesPoolTest, APodThatIsKilledForMemoryIsToldOfOnItsJob) {
  cluster.control("out-of-memory", 1);
  const auto controller = control("max = 1\n");
  const auto source = installation->folder() / "long.mkv";
  fixtures::make({"-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=30", "-c:v", "mpeg2video", "-q:v", "3",
                  source.string()});
  ASSERT_EQ(installation->run({"ingest", source.string()}).exit_code, 0);
  expect_all_ready("1");
  EXPECT_THAT(
      installation->ask("SELECT errors[1]->>'error' FROM public.oban_jobs WHERE queue = 'heaters_ingest'"),
      HasSubstr("out of memory (OOMKilled)"));
  EXPECT_THAT(installation->ask("SELECT string_agg(cause, ' ') FROM pool_workers"), HasSubstr("OOMKilled"));
}

TEST_F(KubernetesPoolTest, AJobThatNobodyKnowsIsDeletedAndADrainedPoolHasNone) {
  cluster.control("stranger", "pool");
  const auto controller = control("min = 2\nmax = 5\n");
  ASSERT_EQ(installation->await(running, "2", 30), "2") << installation->log() << cluster.log();
  for (int i = 0; i < 200 && cluster.state()["jobs"].size() > 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_THAT(cluster.state()["jobs"], SizeIs(2));
  EXPECT_EQ(installation->run({"pools", "drain", "pool", "--wait"}).exit_code, 0);
  EXPECT_THAT(await_left("jobs", 0)["jobs"], SizeIs(0));
  EXPECT_EQ(installation->ask("SELECT string_agg(DISTINCT cause, ',') FROM pool_workers"), "stopped");
}

TEST_F(KubernetesPoolTest, OutsideAClusterItSaysWhatItNeeds) {
  installation->configure(settings() + "backend = \"kubernetes\"\nmax = 1\n");
  const auto refused = installation->run({"pools", "run"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("kubernetes_api"), HasSubstr("kubernetes_token_file")));
}

}  // namespace
}  // namespace heaters

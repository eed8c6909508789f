// What operators rely on, from outside: a server outlives its worker, a request's trace reaches every job and
// log line it leads to, and metrics, page and doctor say what is.

#include <gmock/gmock.h>
#include <signal.h>

#include <set>
#include <sstream>
#include <thread>

#include "base/file.h"
#include "fixtures/sample.h"
#include "fixtures/web_server.h"

namespace heaters::fixtures {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";

class OperationsTest : public testing::Test {
 protected:
  // By an upload in one piece, in a trace; the id of the video.
  std::string upload(const WebServer& server, const std::filesystem::path& file) const {
    const auto made =
        server.post("/api/v1/uploads", {{"name", "a.mp4"}, {"bytes", std::filesystem::file_size(file)}});
    const auto put =
        request(server.port(), "PATCH", made.header("location"),
                {{"Upload-Offset", "0"}, {"traceparent", "00-" + trace + "-00f067aa0ba902b7-01"}},
                read_text_file(file));
    EXPECT_EQ(put.status, 204) << put.body;
    return installation->ask("SELECT video_id FROM submissions");
  }

  std::filesystem::path long_video() const {
    auto path = installation->folder() / "long.mkv";
    make({"-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=30", "-c:v", "mpeg2video", "-q:v", "3",
          path.string()});
    return path;
  }

  // By its place, "<host>:<process>".
  int worker_process() const {
    const std::string place =
        installation->ask("SELECT place FROM pool_workers WHERE state = 'running' ORDER BY started_at DESC");
    return place.empty() ? 0 : std::stoi(place.substr(place.find(':') + 1));
  }

  std::unique_ptr<Installation> installation = Installation::shared();
};

TEST_F(OperationsTest, AWorkerThatIsKilledTakesNeitherServerNorJobWithIt) {
  WebServer server(*installation);
  upload(server, long_video());
  ASSERT_EQ(
      installation->await(
          "SELECT count(*) FROM public.oban_jobs WHERE state = 'executing' AND queue = 'heaters_ingest'",
          "1"),
      "1");
  const int process = worker_process();
  ASSERT_GT(process, 1);
  ASSERT_NE(process, server.process().pid());
  ASSERT_EQ(::kill(process, SIGKILL), 0);
  EXPECT_EQ(server.get("/readyz").status, 200);
  EXPECT_EQ(installation->await("SELECT state FROM submissions", "ready", 120), "ready");
  EXPECT_NE(worker_process(), process);
  EXPECT_THAT(installation->ask("SELECT errors::text FROM public.oban_jobs WHERE queue = 'heaters_ingest'"),
              HasSubstr("killed by signal 9"));
  EXPECT_EQ(server.get("/readyz").status, 200);
}

TEST_F(OperationsTest, ATraceGoesFromARequestThroughAllJobsIntoTheLog) {
  installation->configure("[log]\nformat = \"json\"\n");
  const WebServer server(*installation);
  upload(server, sample_video());
  ASSERT_EQ(installation->await("SELECT state FROM submissions", "ready", 300), "ready");
  EXPECT_EQ(installation->ask("SELECT string_agg(DISTINCT queue || ' ' || (meta->>'trace_id'), ',') FROM "
                              "public.oban_jobs"),
            "heaters_acquire " + trace + ",heaters_ingest " + trace + ",heaters_publish " + trace);
  // Every line of server and worker is JSON by itself.
  std::set<std::string> ended;
  std::istringstream lines(installation->log());
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("http://")) continue;  // what serve prints
    const Json json = Json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    ++count;
    if (json["event"] == "job.ended" && json.value("trace", "") == trace) ended.insert(json["worker"]);
  }
  EXPECT_GT(count, 5);
  EXPECT_THAT(ended, SizeIs(3));
}

TEST_F(OperationsTest, MetricsAndThePageSayWhatWasDone) {
  const WebServer server(*installation);
  upload(server, sample_video());
  ASSERT_EQ(installation->await("SELECT state FROM submissions", "ready", 300), "ready");
  const std::string told = installation->run({"metrics"}).out;
  const std::string served = server.get("/metrics").body;
  for (const char* line : {"heaters_stage_seconds_count{stage=\"ingest\"} 1\n", "heaters_nodes 1\n",
                           "heaters_frames_decoded_total{stage=\"ingest\"} 720\n",
                           "heaters_jobs_waiting_seconds{queue=\"heaters_ingest\"} 0\n"}) {
    EXPECT_THAT(told, HasSubstr(line));
    EXPECT_THAT(served, HasSubstr(line));
  }
  EXPECT_THAT(served, HasSubstr("heaters_http_requests_total{code=\"2xx\"} "));
  const Json cost = installation->run_json({"cost", "--json"})[0]["total"];
  EXPECT_GT(cost["put_requests"], 5);
  const Json system = server.get("/api/v1/system?days=2").json();
  ASSERT_THAT(system["days"], SizeIs(2));
  EXPECT_EQ(system["days"][1]["videos"], 1);
  EXPECT_EQ(system["database"], "PostgreSQL");
  ASSERT_THAT(system["pools"], SizeIs(1));
  EXPECT_EQ(system["pools"][0]["workers"][0]["state"], "running");
}

TEST_F(OperationsTest, AdminsChangeWhatAPoolMayHaveFromThePage) {
  const WebServer server(*installation);
  ASSERT_EQ(installation->await("SELECT count(*) FROM pool_workers WHERE state = 'running'", "1"), "1");
  const std::string pool = "/api/v1/pools/" + installation->ask("SELECT name FROM pools");
  EXPECT_EQ(server.post(pool + "/limits", {{"min", 2}, {"max", 3}}).status, 204);
  EXPECT_EQ(installation->await("SELECT count(*) FROM pool_workers WHERE state = 'running'", "2"), "2");
  EXPECT_EQ(server.post(pool + "/limits", {{"min", 4}, {"max", 3}}).status, 400);
  EXPECT_EQ(server.post(pool + "/limits", {{"min", -1}}).status, 400);
  EXPECT_EQ(server.post("/api/v1/pools/none/limits", {{"max", 1}}).status, 404);
  EXPECT_EQ(server.post(pool + "/drain", Json::object()).status, 204);
  EXPECT_EQ(installation->await("SELECT count(*) FROM pool_workers WHERE ended_at IS NULL", "0"), "0");
  EXPECT_EQ(server.post(pool + "/resume", Json::object()).status, 204);
  EXPECT_EQ(installation->await("SELECT count(*) FROM pool_workers WHERE state = 'running'", "2"), "2");
}

TEST_F(OperationsTest, ADoctorLooksAtPoolsAndAtWhoWorks) {
  const auto check = [&](const std::string& name) {
    const Json checks = Json::parse(installation->run({"doctor", "--json"}).out);
    for (const Json& each : checks) {
      if (each["check"] == name) return each;
    }
    return Json();
  };
  EXPECT_EQ(installation->run({"ingest", sample_video().string()}).exit_code, 0);
  EXPECT_FALSE(check("jobs")["ok"].get<bool>());
  EXPECT_THAT(check("jobs")["found"].get<std::string>(), HasSubstr("1 wait, 0 run, 0 nodes"));
  installation->configure(
      "[pools.far]\nbackend = \"fly\"\nqueues = \"ingest=1\"\nmax = 2\n"
      "[pools.near]\nqueues = \"acquire=1\"\n");
  EXPECT_FALSE(check("pool far")["ok"].get<bool>());
  EXPECT_THAT(check("pool far")["found"].get<std::string>(), HasSubstr("FLY_API_TOKEN"));
  EXPECT_TRUE(check("pool near")["ok"].get<bool>());
  EXPECT_THAT(check("pool near")["found"].get<std::string>(), HasSubstr("nobody controls it"));
  EXPECT_NE(installation->run({"doctor"}).exit_code, 0);
}

// The queries that KEDA would ask.
TEST_F(OperationsTest, TheQueriesOfTheManifestsCountJobs) {
  std::istringstream lines(
      read_text_file(std::filesystem::path(HEATERS_SOURCE_DIR) / "packaging/kubernetes/keda.yaml"));
  std::vector<std::string> queries;
  bool is_query = false;
  for (std::string line; std::getline(lines, line);) {
    const std::string text = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    if (is_query && text.starts_with("targetQueryValue")) is_query = false;
    if (is_query) queries.back() += text + " ";
    if (text == "query: >-") {
      is_query = true;
      queries.emplace_back();
    }
  }
  ASSERT_THAT(queries, SizeIs(3));
  installation->run({"jobs", "list"});  // makes the table
  const auto insert = [&](const std::string& queue, const std::string& state, const std::string& at) {
    installation->connect()->execute(
        "INSERT INTO public.oban_jobs (queue, worker, state, scheduled_at) VALUES ('" + queue + "', 'W', '" +
        state + "', timezone('UTC', now()) + interval '" + at + "')");
  };
  const auto counted = [&] {
    std::string all;
    for (const std::string& query : queries) all += installation->ask(query) + " ";
    return all;
  };
  EXPECT_EQ(counted(), "0 0 0 ");
  insert("heaters_ingest", "available", "0 s");
  insert("heaters_ingest", "executing", "0 s");
  insert("heaters_ingest", "retryable", "-1 s");
  insert("heaters_ingest", "scheduled", "1 hour");
  insert("heaters_ingest", "completed", "0 s");
  insert("heaters_publish", "available", "0 s");
  insert("heaters_acquire", "retryable", "-1 s");
  insert("heaters_export", "executing", "0 s");
  insert("somebody_elses", "available", "0 s");
  EXPECT_EQ(counted(), "3 2 1 ");
}

}  // namespace
}  // namespace heaters::fixtures

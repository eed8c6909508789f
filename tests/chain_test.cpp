// The chain from outside: the program, workers on several machines, a real database and a real store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <sstream>
#include <thread>

#include "db/postgres.h"
#include "fixtures/fault_proxy.h"
#include "fixtures/installation.h"
#include "fixtures/postgres.h"
#include "fixtures/sample.h"
#include "fixtures/swift.h"

namespace heaters {
namespace {

using fixtures::Installation;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr const char* quick = "[jobs]\nbeat_seconds = 0.3\nnode_timeout_seconds = 1.5\n";

std::map<std::string, int> by_method(const std::vector<fixtures::ServedRequest>& requests) {
  std::map<std::string, int> counts;
  for (const auto& request : requests) ++counts[request.method];
  return counts;
}

class SharedChainTest : public testing::Test {
 protected:
  std::unique_ptr<Installation> installation = Installation::shared();
  std::vector<std::filesystem::path> videos = fixtures::small_videos(installation->folder() / "videos", 3);
};

TEST_F(SharedChainTest, TheSampleIsOnePutPerArtifactAndNothingElse) {
  const auto worker = installation->start_worker();
  Json json;
  const auto requests = fixtures::SwiftServer::shared().requests_during([&] {
    json = installation->run_json({"ingest", "--wait", "--json", fixtures::sample_video().string()});
  });
  const auto artifacts = json["artifacts"].size();
  EXPECT_GE(artifacts, 8U);
  EXPECT_THAT(by_method(requests), ElementsAre(testing::Pair("PUT", artifacts)));
  for (const auto& request : requests) EXPECT_EQ(request.status, 200) << request.path;

  const Json cost = installation->run_json({"cost", "--json", json["video_id"]});
  EXPECT_EQ(cost["total"]["get_requests"], 0);
  EXPECT_EQ(cost["total"]["head_requests"], 0);
  EXPECT_EQ(cost["total"]["list_requests"], 0);
  EXPECT_GT(cost["stages"]["ingest"]["cpu_seconds"], 0.1);
  EXPECT_EQ(cost["bytes_stored"]["STANDARD"], json["stored_bytes"]);
  // The source was put by the command, before it was acknowledged; the rest by the worker.
  EXPECT_EQ(cost["stages"]["submit"]["put_requests"], 1);
  EXPECT_EQ(cost["total"]["put_requests"], artifacts);
}

TEST_F(SharedChainTest, WhatIsReadBackIsWhatWasPut) {
  const Json json = installation->run_json({"ingest", "--work", "--json", videos[0].string()});
  EXPECT_EQ(json["source"]["sha256"], digest_file(videos[0]).sha256);
  // Another machine has nothing of it.
  EXPECT_EQ(installation->run_json({"videos", "show", "--json", json["video_id"]}, 1)["cuts"], json["cuts"]);
  EXPECT_EQ(fixtures::cut_frames(installation->run_json({"detect", "--format", "json", json["video_id"]}, 1)),
            fixtures::cut_frames(json));
  const Json again = installation->run_json({"ingest", "--work", "--json", videos[0].string()}, 1);
  EXPECT_EQ(again["video_id"], json["video_id"]);
  EXPECT_TRUE(again["duplicate"]);
  const Json garbage = installation->run_json({"gc", "--grace", "0", "--json"});
  EXPECT_THAT(garbage["orphans"], SizeIs(0));
  EXPECT_THAT(garbage["missing"], SizeIs(0));
}

TEST_F(SharedChainTest, WithoutWaitingTheCommandReturnsAtOnceAndTheWorkIsDoneLater) {
  const Json json = installation->run_json({"ingest", "--json", videos[0].string()});
  EXPECT_TRUE(json.contains("job_id"));
  EXPECT_EQ(installation->ask("SELECT state FROM submissions"), "queued");
  EXPECT_EQ(installation->run({"worker", "--drain"}, 1).exit_code, 0);
  EXPECT_EQ(installation->ask("SELECT state FROM submissions"), "ready");
}

// As an Elixir application inserts it: through Ecto, with Oban's defaults.
TEST_F(SharedChainTest, AJobInsertedByPlainSqlIsRunAndEndsAsObanExpects) {
  const std::string id = installation->ask(
      "INSERT INTO public.oban_jobs (args, errors, max_attempts, meta, queue, state, tags, worker) VALUES "
      "('{\"origin\": \"" +
      videos[0].string() +
      "\"}', '{}', 20, '{}', 'heaters_acquire', 'available', '{}', 'Heaters.Acquire') RETURNING id");
  EXPECT_EQ(installation->run({"worker", "--drain"}).exit_code, 0);
  EXPECT_EQ(installation->ask("SELECT count(*) FROM videos"), "1");
  const std::string row = " FROM public.oban_jobs WHERE id = " + id;
  EXPECT_EQ(installation->ask("SELECT state" + row), "completed");
  EXPECT_EQ(installation->ask("SELECT attempt" + row), "1");
  EXPECT_EQ(installation->ask("SELECT array_length(attempted_by, 1)" + row), "2");
  EXPECT_EQ(installation->ask("SELECT array_length(errors, 1) IS NULL" + row), "t");
  EXPECT_EQ(
      installation->ask(
          "SELECT inserted_at <= attempted_at AND attempted_at <= completed_at AND cancelled_at IS NULL "
          "AND discarded_at IS NULL" +
          row),
      "t");
  // The chain's own jobs are like it.
  EXPECT_EQ(
      installation->ask("SELECT string_agg(worker || ' ' || state, ', ' ORDER BY id) FROM public.oban_jobs"),
      "Heaters.Acquire completed, Heaters.Ingest completed, Heaters.Publish completed");
}

TEST_F(SharedChainTest, AJobThatCannotSucceedIsCancelledWithOneErrorElement) {
  installation->connect()->execute(
      "INSERT INTO public.oban_jobs (args, queue, worker) VALUES ('{\"origin\": \"/nowhere/x.mp4\"}', "
      "'heaters_acquire', "
      "'Heaters.Acquire'), ('{}', 'heaters_acquire', 'Heaters.Acquire'), ('{}', 'heaters_acquire', "
      "'Nobody')");
  EXPECT_EQ(installation->run({"worker", "--drain"}).exit_code, 0);
  const auto job = [&](int id) {
    return installation->run_json({"jobs", "show", "--json", std::to_string(id)});
  };
  EXPECT_EQ(job(1)["state"], "cancelled");
  EXPECT_EQ(
      installation->ask(
          "SELECT string_agg(key, ',' ORDER BY key) FROM public.oban_jobs, jsonb_object_keys(errors[1]) "
          "AS key WHERE id = 1"),
      "at,attempt,error");
  EXPECT_THAT(job(1)["errors"][0]["error"], HasSubstr("open \"/nowhere/x.mp4\""));
  EXPECT_EQ(job(2)["state"], "cancelled");
  EXPECT_THAT(job(2)["errors"][0]["error"], HasSubstr("\"origin\""));
  // Somebody else may know that worker.
  EXPECT_EQ(job(3)["state"], "retryable");
  EXPECT_EQ(installation->ask("SELECT state FROM submissions"), "failed");
}

TEST_F(SharedChainTest, AFinishedVideoIsLeftAloneByWhoeverRetriesItsJobs) {
  const auto moved = installation->folder() / "moved.mp4";
  std::filesystem::copy_file(videos[0], moved);
  const Json json = installation->run_json({"ingest", "--work", "--json", moved.string()});
  std::filesystem::remove(moved);
  for (const Json& job : installation->run_json({"jobs", "list", "--json"})) {
    EXPECT_EQ(installation->run({"jobs", "retry", std::to_string(job["job_id"].get<int>())}).exit_code, 0);
    EXPECT_EQ(installation->run({"worker", "--drain"}, 1).exit_code, 0);
  }
  EXPECT_EQ(installation->ask("SELECT state FROM submissions"), "ready");
  EXPECT_EQ(installation->run_json({"videos", "show", "--json", json["video_id"]}, 2)["artifacts"],
            json["artifacts"]);
  const Json garbage = installation->run_json({"gc", "--grace", "0", "--json"});
  EXPECT_THAT(garbage["missing"], SizeIs(0));
  EXPECT_THAT(garbage["orphans"], SizeIs(0));
}

TEST_F(SharedChainTest, APausedQueueStartsNothingOnAnyNodeUntilItIsResumed) {
  const auto worker = installation->start_worker();
  EXPECT_EQ(installation->run({"jobs", "pause", "heaters_ingest"}).exit_code, 0);
  installation->run_json({"ingest", "--json", videos[0].string()});
  EXPECT_EQ(installation->await("SELECT state FROM submissions", "acquired", 20), "acquired");
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  EXPECT_EQ(installation->ask("SELECT state FROM submissions"), "acquired");
  // One that is started meanwhile heeds it too.
  const auto other = installation->start_worker(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(installation->ask("SELECT state FROM submissions"), "acquired");
  // As Oban's dashboard does it.
  EXPECT_EQ(installation->run({"jobs", "resume", "heaters_ingest"}).exit_code, 0);
  EXPECT_EQ(installation->await("SELECT state FROM submissions", "ready", 20), "ready");
}

TEST_F(SharedChainTest, ARunningJobIsCancelledAndLeavesNothing) {
  // Long enough to be caught: an encode.
  const auto source = installation->folder() / "long.mkv";
  fixtures::make({"-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=40", "-c:v", "mpeg2video", "-q:v", "3",
                  source.string()});
  // Slow to answer once the source is there: what is cleaned up after a stop must not be stopped.
  const auto options = fixtures::SwiftServer::shared().create_bucket();
  const fixtures::FaultProxy proxy(options.endpoint, {.healthy_requests = 1, .fault = fixtures::Fault::Slow});
  const Installation through(fixtures::PostgresServer::shared().create_database(),
                             fixtures::s3_environment(options.bucket, proxy.endpoint()));
  const auto worker = through.start_worker();
  through.run_json({"ingest", "--json", source.string()});
  const std::string running =
      "SELECT count(*) FROM public.oban_jobs WHERE state = 'executing' AND queue = 'heaters_ingest'";
  ASSERT_EQ(through.await(running, "1", 30), "1");
  const std::string id = through.ask("SELECT id FROM public.oban_jobs WHERE queue = 'heaters_ingest'");
  EXPECT_EQ(through.run({"jobs", "cancel", id}).exit_code, 0);
  EXPECT_EQ(through.run({"jobs", "cancel", id}).exit_code, 1);
  EXPECT_EQ(through.await("SELECT array_length(errors, 1) FROM public.oban_jobs WHERE id = " + id, "1", 20),
            "1");
  EXPECT_EQ(through.ask("SELECT state FROM public.oban_jobs WHERE id = " + id), "cancelled");
  EXPECT_EQ(through.await("SELECT state || ' ' || error_kind FROM submissions", "failed cancelled", 20),
            "failed cancelled");
  for (int i = 0; i < 100 && !fixtures::files_below(through.home() / "workspace/videos").empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_THAT(fixtures::files_below(through.home() / "workspace/videos"), SizeIs(0));
  worker->signal(SIGTERM);
  EXPECT_EQ(worker->wait(), 0);
  EXPECT_THAT(through.run_json({"gc", "--grace", "0", "--json"})["orphans"], SizeIs(0));
  EXPECT_EQ(through.ask("SELECT count(*) FROM videos"), "0");
  EXPECT_GT(proxy.faults(), 2);
}

TEST_F(SharedChainTest, AWorkerToldToStopHandsItsJobBackWithoutUsingAnAttempt) {
  installation->configure(std::string(quick) + "shutdown_grace_seconds = 0\n");
  const auto source = installation->folder() / "long.mkv";
  fixtures::make({"-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=30", "-c:v", "mpeg2video", "-q:v", "3",
                  source.string()});
  auto worker = installation->start_worker();
  installation->run_json({"ingest", "--json", source.string()});
  const std::string running =
      "SELECT count(*) FROM public.oban_jobs WHERE state = 'executing' AND queue = 'heaters_ingest'";
  ASSERT_EQ(installation->await(running, "1", 30), "1");
  worker->signal(SIGTERM);
  EXPECT_EQ(worker->wait(), 0);
  EXPECT_EQ(
      installation->ask("SELECT state::text || attempt FROM public.oban_jobs WHERE queue = 'heaters_ingest'"),
      "available0");
  EXPECT_EQ(installation->ask("SELECT count(*) FROM job_nodes"), "0");
  // Another machine, which has none of the files, makes the video.
  EXPECT_EQ(installation->run({"worker", "--drain"}, 1).exit_code, 0);
  EXPECT_EQ(installation->ask("SELECT state FROM submissions"), "ready");
}

TEST_F(SharedChainTest, TheChainStaysOnItsNodeWhileThatLives) {
  const auto first = installation->start_worker(0);
  const auto second = installation->start_worker(1);
  for (const auto& video : videos) installation->run_json({"ingest", "--json", video.string()});
  ASSERT_EQ(installation->await(fixtures::unfinished_submissions, "0", 60), "0");
  EXPECT_EQ(installation->ask("SELECT count(*) FROM videos"), "3");
  // All jobs of a video were attempted by one node, once.
  EXPECT_EQ(
      installation->ask(
          "SELECT max(nodes) FROM (SELECT count(DISTINCT attempted_by[1]) AS nodes FROM public.oban_jobs "
          "GROUP BY meta->>'heaters_unique') AS n"),
      "1");
  EXPECT_EQ(installation->ask("SELECT count(*) || ' ' || sum(attempt) FROM public.oban_jobs"), "9 9");
}

TEST_F(SharedChainTest, AnotherMachineTakesOverWithinSecondsWhenOneIsKilled) {
  installation->configure(quick);
  const auto source = installation->folder() / "long.mkv";
  fixtures::make({"-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=20", "-c:v", "mpeg2video", "-q:v", "3",
                  source.string()});
  const auto first = installation->start_worker(0);
  installation->run_json({"ingest", "--json", source.string()});
  const std::string running =
      "SELECT count(*) FROM public.oban_jobs WHERE state = 'executing' AND queue = 'heaters_ingest'";
  ASSERT_EQ(installation->await(running, "1", 30), "1");
  const auto second = installation->start_worker(1);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const std::string node =
      installation->ask("SELECT attempted_by[1] FROM public.oban_jobs WHERE queue = 'heaters_ingest'");
  first->signal(SIGKILL);
  first->wait();
  const auto killed = std::chrono::steady_clock::now();
  EXPECT_EQ(installation->await(
                "SELECT count(*) FROM public.oban_jobs WHERE attempted_by[1] <> '" + node + "'", "1", 30),
            "1");
  EXPECT_LT(std::chrono::steady_clock::now() - killed, std::chrono::seconds(8));
  EXPECT_EQ(installation->await("SELECT state FROM submissions", "ready", 90), "ready");
  EXPECT_EQ(installation->ask("SELECT count(*) FROM videos"), "1");
  EXPECT_THAT(installation->run_json({"gc", "--grace", "0", "--json"})["orphans"], SizeIs(0));
}

TEST_F(SharedChainTest, AStoreThatFailsNowAndThenLosesNothing) {
  const auto options = fixtures::SwiftServer::shared().create_bucket();
  for (const auto fault : {fixtures::Fault::Status503, fixtures::Fault::Reset, fixtures::Fault::CutOff}) {
    const fixtures::FaultProxy proxy(options.endpoint, {.every = 4, .fault = fault});
    const Installation through(fixtures::PostgresServer::shared().create_database(),
                               fixtures::s3_environment(options.bucket, proxy.endpoint()));
    const Json json = through.run_json({"ingest", "--work", "--json", videos[0].string()});
    EXPECT_EQ(json["source"]["sha256"], digest_file(videos[0]).sha256);
    EXPECT_GT(proxy.faults(), 1);
  }
}

TEST_F(SharedChainTest, AStoreThatIsAwayIsRetriedLaterAndSaidClearly) {
  installation->run_json({"ingest", "--json", videos[0].string()});
  {
    const fixtures::FaultProxy proxy(fixtures::SwiftServer::shared().endpoint(),
                                     {.every = 1, .fault = fixtures::Fault::Status500});
    installation->configure("[store]\nattempts = 2\n");
    EXPECT_EQ(
        installation->run_with({{"AWS_ENDPOINT_URL", proxy.endpoint()}}, {"worker", "--drain"}).exit_code, 0);
  }
  const Json jobs = installation->run_json({"jobs", "list", "--state", "retryable", "--json"});
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0]["queue"], "heaters_publish");
  EXPECT_THAT(jobs[0]["errors"][0]["error"].get<std::string>(),
              AllOf(HasSubstr("put \""), HasSubstr("status 500")));
  EXPECT_EQ(installation->run({"jobs", "retry", std::to_string(jobs[0]["job_id"].get<int>())}).exit_code, 0);
  EXPECT_EQ(installation->run({"worker", "--drain"}).exit_code, 0);
  EXPECT_EQ(installation->ask("SELECT state FROM submissions"), "ready");
}

TEST(ChainTest, ADatabaseThatRestartsInTheMiddleLosesNothing) {
  fixtures::PostgresServer server;
  const auto options = fixtures::SwiftServer::shared().create_bucket();
  const Installation installation(server.create_database(),
                                  fixtures::s3_environment(options.bucket, options.endpoint));
  installation.configure(quick);
  const auto videos = fixtures::small_videos(installation.folder() / "videos", 12);
  const auto first = installation.start_worker(0);
  const auto second = installation.start_worker(1);
  int restarts = 0;
  for (const auto& video : videos) {
    installation.run_json({"ingest", "--json", video.string()});
    if (++restarts % 3 != 0) continue;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    server.kill();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    server.start();
  }
  EXPECT_EQ(installation.await(fixtures::unfinished_submissions, "0", 90), "0") << installation.log();
  EXPECT_EQ(installation.ask("SELECT count(*) FROM videos"), "12");
  EXPECT_EQ(installation.ask("SELECT count(*) FROM submissions WHERE state = 'ready'"), "12");
  EXPECT_THAT(installation.run_json({"gc", "--grace", "0", "--json"})["missing"], SizeIs(0));
}

TEST_F(SharedChainTest, AtMostThreeLinesPerJobAndNoSecrets) {
  const auto worker = installation->start_worker();
  for (const auto& video : videos) installation->run_json({"ingest", "--wait", "--json", video.string()});
  worker->signal(SIGTERM);
  worker->wait();
  std::istringstream lines(installation->log());
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) ++count;
  const std::size_t jobs = std::stoul(installation->ask("SELECT count(*) FROM public.oban_jobs"));
  EXPECT_EQ(jobs, 9U);
  EXPECT_LE(count, 3 * jobs + 2);
  EXPECT_THAT(installation->log(),
              AllOf(Not(HasSubstr("testing")), Not(HasSubstr("\r")), Not(HasSubstr("█"))));
  EXPECT_EQ(installation->ask(
                "SELECT count(*) FROM public.oban_jobs WHERE args::text || meta::text || errors::text LIKE "
                "'%testing%'"),
            "0");
}

TEST(ChainTest, DoctorSaysWhatIsWrong) {
  const auto installation = Installation::shared();
  EXPECT_EQ(installation->run({"doctor"}).exit_code, 0);
  for (const Json& check : installation->run_json({"doctor", "--json"})) EXPECT_TRUE(check["ok"]) << check;
  const Installation broken(fixtures::PostgresServer::shared().create_database(),
                            fixtures::s3_environment("absent", fixtures::SwiftServer::shared().endpoint()));
  const auto result = broken.run({"doctor"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("ok   database"), HasSubstr("BAD  store"), HasSubstr("NoSuchBucket"),
                    HasSubstr("a bucket that exists"), Not(HasSubstr("testing"))));
}

}  // namespace
}  // namespace heaters

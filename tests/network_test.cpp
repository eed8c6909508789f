// Three workers on three machines of a network, database and store on a fourth: what becomes of two hundred
// videos when a cable is pulled, a machine dies, and the database begins anew.

#include <gmock/gmock.h>
#include <signal.h>

#include <iostream>

#include "fixtures/installation.h"
#include "fixtures/network.h"
#include "fixtures/postgres.h"
#include "fixtures/sample.h"
#include "fixtures/swift.h"

namespace heaters::fixtures {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr int machines = 3;
constexpr int videos = 200;
// The machine that submits has the servers, and is none of them.
constexpr int submitting = machines;

class NetworkTest : public testing::Test {
 protected:
  void SetUp() override {
    installation.configure(
        "[jobs]\nbeat_seconds = 0.5\nnode_timeout_seconds = 4\nshutdown_grace_seconds = 3\n"
        "[store]\nstall_seconds = 4\n");
    for (int i = 0; i < machines; ++i) installation.run_on(i, network.on(i));
  }

  void await_ready(int count) {
    ASSERT_EQ(installation.await(
                  "SELECT count(*) >= " + std::to_string(count) + " FROM submissions WHERE state = 'ready'",
                  "t", 180),
              "t")
        << "jobs: " << installation.ask(jobs_by_state) << "\nsessions: " << installation.ask(sessions) << "\n"
        << installation.log();
  }

  // Pulls the cable of a machine while it holds rows that others want, and lets nobody tell the database.
  void cut_off_within_a_transaction(int machine) {
    const std::string sessions_of_it = "SELECT count(*) > 0 FROM pg_stat_activity WHERE client_addr = '" +
                                       Network::address_of(machine) + "' AND ";
    {
      const auto database = installation.connect();
      database->execute("SET idle_in_transaction_session_timeout = 0");
      db::Transaction transaction(*database);
      database->execute("LOCK TABLE stage_days IN ACCESS EXCLUSIVE MODE");
      ASSERT_EQ(
          installation.await(
              sessions_of_it +
                  "pid IN (SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'stage_days'::regclass)",
              "t"),
          "t")
          << installation.log();
      network.set_connected(machine, false);
    }
    ASSERT_EQ(
        installation.await(sessions_of_it + "state = 'idle in transaction' AND backend_xid IS NOT NULL", "t"),
        "t");
  }

  static constexpr const char* jobs_by_state =
      "SELECT string_agg(concat_ws(' ', queue, state, number), ', ') FROM (SELECT queue, state, count(*) AS "
      "number "
      "FROM public.oban_jobs GROUP BY 1, 2 ORDER BY 1, 2) AS each";
  static constexpr const char* sessions =
      "SELECT string_agg(concat_ws(' ', pid, client_addr, state, now() - state_change, wait_event_type, "
      "pg_blocking_pids(pid)::text, left(query, 60)), E'\\n') FROM pg_stat_activity WHERE state <> 'idle'";

  Network network{machines};
  PostgresServer postgres{Network::address, Network::addresses};
  SwiftServer swift{Network::address};
  storage::S3Options bucket = swift.create_bucket();
  Installation installation{postgres.create_database(), s3_environment(bucket.bucket, bucket.endpoint)};
};

TEST_F(NetworkTest, AllVideosAreReadyOnceWhateverBecomesOfMachines) {
  std::vector<std::string> submit = {"ingest"};
  submit.reserve(videos + 1);
  for (const auto& file : small_videos(installation.folder() / "videos", videos))
    submit.push_back(file.string());
  ASSERT_EQ(installation.run(submit, submitting).exit_code, 0) << installation.log();

  std::vector<std::unique_ptr<Process>> workers;
  workers.reserve(machines);
  for (int i = 0; i < machines; ++i) workers.push_back(installation.start_worker(i));
  ASSERT_NO_FATAL_FAILURE(await_ready(30));
  ASSERT_NO_FATAL_FAILURE(cut_off_within_a_transaction(1));
  ASSERT_NO_FATAL_FAILURE(await_ready(60));
  installation.connect()->execute("SET statement_timeout = '60s'; UPDATE stage_days SET attempts = attempts");
  workers[2]->signal(SIGKILL);
  workers[2]->wait();
  ASSERT_NO_FATAL_FAILURE(await_ready(90));
  postgres.kill();
  postgres.start();
  ASSERT_NO_FATAL_FAILURE(await_ready(120));
  network.set_connected(1, true);
  ASSERT_NO_FATAL_FAILURE(await_ready(videos));

  // Nobody is at anything any more, also not who was cut off.
  ASSERT_EQ(installation.await("SELECT count(*) FROM public.oban_jobs WHERE state <> 'completed'", "0", 60),
            "0")
      << installation.log();
  for (const int i : {0, 1}) workers[static_cast<std::size_t>(i)]->signal(SIGTERM);
  for (const int i : {0, 1}) EXPECT_EQ(workers[static_cast<std::size_t>(i)]->wait(), 0);

  EXPECT_EQ(installation.ask("SELECT count(*) || ' ' || count(DISTINCT source_sha256) FROM videos"),
            "200 200");
  EXPECT_EQ(installation.ask("SELECT count(*) FROM submissions WHERE state = 'ready'"), "200");
  // All have the same, however often they were begun.
  EXPECT_EQ(installation.ask(
                "SELECT count(DISTINCT objects) FROM (SELECT count(*) AS objects FROM artifacts GROUP BY "
                "video_id) AS each"),
            "1");
  const Json garbage = installation.run_json({"gc", "--grace", "0", "--json"}, submitting);
  EXPECT_THAT(garbage["orphans"], IsEmpty());
  EXPECT_THAT(garbage["leftovers"], IsEmpty());
  EXPECT_THAT(garbage["missing"], IsEmpty());

  // Each of the three did something, and chains stay where their files are but for those that a machine had
  // at hand when it was interrupted.
  EXPECT_EQ(installation.ask("SELECT count(DISTINCT attempted_by[1]) FROM public.oban_jobs"), "3");
  const int taken_over =
      std::stoi(installation.ask("SELECT count(*) FROM (SELECT meta->>'heaters_unique' FROM public.oban_jobs "
                                 "GROUP BY 1 HAVING count(DISTINCT "
                                 "attempted_by[1]) > 1) AS chains"));
  std::cout << "chains that went on on another machine: " << taken_over << " of " << videos << "\n";
  // What a machine has at hand: four are acquired, five wait for the ingest, one is in it, five wait to be
  // published, four are. Two machines were interrupted.
  EXPECT_LE(taken_over, 2 * 19);
}

}  // namespace
}  // namespace heaters::fixtures

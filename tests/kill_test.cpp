// Two workers, one of which is killed again and again, at random moments and at every boundary between steps.
// Whatever happens, every video is ready exactly once, and nothing else is left.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <random>
#include <thread>

#include "fixtures/installation.h"

namespace heaters {
namespace {

using fixtures::Installation;
using testing::SizeIs;

constexpr int rounds = 110;

struct Kind {
  std::string name;
  std::unique_ptr<Installation> (*make)();
};

void PrintTo(const Kind& kind, std::ostream* stream) {
  *stream << kind.name;
}

class KillTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override { installation->configure("[jobs]\nbeat_seconds = 0.2\nnode_timeout_seconds = 1\n"); }

  // On one machine the workers share a home; as two machines each has its own.
  int second_machine() const { return installation->is_embedded() ? 0 : 1; }

  // As other programs enter a job.
  void enter(const std::filesystem::path& video) {
    const auto database = installation->connect();
    database
        ->prepare(
            database->dialect() == db::Dialect::Sqlite
                ? "INSERT INTO oban_jobs (args, queue, worker) VALUES (?, 'heaters_acquire', "
                  "'Heaters.Acquire')"
                : "INSERT INTO public.oban_jobs (args, queue, worker) VALUES (?::jsonb, 'heaters_acquire', "
                  "'Heaters.Acquire')")
        .bind(Json{{"origin", video.string()}}.dump())
        .run();
  }

  std::string jobs_where(const std::string& condition) const {
    return std::string("SELECT count(*) FROM ") + (installation->is_embedded() ? "" : "public.") +
           "oban_jobs WHERE " + condition;
  }
  std::string completed_jobs_of(const std::string& queue) const {
    return jobs_where("state = 'completed' AND queue = '" + queue + "'");
  }

  void expect_each_ready_once_and_nothing_else(std::size_t count) {
    EXPECT_EQ(installation->await(jobs_where("state IN ('available', 'scheduled', 'executing', 'retryable')"),
                                  "0", 120),
              "0")
        << installation->log();
    const std::string wanted = std::to_string(count);
    EXPECT_EQ(installation->ask(fixtures::unfinished_submissions), "0");
    EXPECT_EQ(installation->ask("SELECT count(*) FROM submissions WHERE state = 'ready'"), wanted)
        << installation->log();
    EXPECT_EQ(installation->ask("SELECT count(*) FROM submissions"), wanted);
    EXPECT_EQ(installation->ask("SELECT count(*) FROM videos"), wanted);
    EXPECT_EQ(installation->ask("SELECT count(DISTINCT source_sha256) FROM videos"), wanted);
    EXPECT_EQ(installation->ask(jobs_where("state IN ('discarded', 'cancelled')")), "0");
    installation->run({"gc", "--delete", "--grace", "0"});
    const Json garbage = installation->run_json({"gc", "--grace", "0", "--json"});
    EXPECT_THAT(garbage["orphans"], SizeIs(0)) << garbage;
    EXPECT_THAT(garbage["missing"], SizeIs(0)) << garbage;
    EXPECT_THAT(garbage["leftovers"], SizeIs(0)) << garbage;
  }

  std::unique_ptr<Installation> installation = GetParam().make();
};

TEST_P(KillTest, AtRandomMoments) {
  std::mt19937 random(20261124);
  const auto videos = fixtures::small_videos(installation->folder() / "videos", rounds);
  std::vector<std::unique_ptr<fixtures::Process>> workers;
  workers.push_back(installation->start_worker(0));
  workers.push_back(installation->start_worker(second_machine()));
  for (int round = 0; round < rounds; ++round) {
    enter(videos[static_cast<std::size_t>(round)]);
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
    const std::size_t victim = random() % 2;
    workers[victim]->signal(SIGKILL);
    workers[victim]->wait();
    workers[victim] = installation->start_worker(victim == 0 ? 0 : second_machine());
  }
  expect_each_ready_once_and_nothing_else(videos.size());
}

// Workers that do one step only, so that each boundary is met: the step is done, its worker is killed, and
// the next step is another's.
TEST_P(KillTest, AtEveryBoundaryBetweenSteps) {
  const auto videos = fixtures::small_videos(installation->folder() / "videos", 4);
  const std::vector<std::string> steps = {"acquire", "ingest", "publish"};
  for (std::size_t last = 0; last < videos.size(); ++last) {
    enter(videos[last]);
    const std::string state =
        "SELECT max(state) FROM submissions WHERE origin = '" + videos[last].string() + "'";
    for (std::size_t step = 0; step < std::min(last, steps.size()); ++step) {
      const auto worker = installation->start({"worker", "--queues", steps[step] + "=1"}, 0);
      const std::string wanted = std::to_string(last + 1);
      EXPECT_EQ(installation->await(completed_jobs_of("heaters_" + steps[step]), wanted, 60), wanted)
          << installation->log();
      worker->signal(SIGKILL);
      worker->wait();
    }
    EXPECT_EQ(installation->run({"worker", "--drain"}, second_machine()).exit_code, 0);
    // The dead node's jobs need not be free yet when the drain begins.
    const auto worker = installation->start_worker(second_machine());
    EXPECT_EQ(installation->await(state, "ready", 60), "ready") << installation->log();
  }
  const auto worker = installation->start_worker(second_machine());
  expect_each_ready_once_and_nothing_else(videos.size());
}

INSTANTIATE_TEST_SUITE_P(Installations, KillTest,
                         testing::Values(Kind{"Embedded", &Installation::embedded},
                                         Kind{"Shared", &Installation::shared}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace heaters

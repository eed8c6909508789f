// What people and workers wait for, asked of a database that is there (DATABASE_URL), by the classes that the
// program asks it with: JSON on standard output, milliseconds by operation, the median of so many rounds. See
// bench/scale. Usage: scale_bench ROUNDS

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "base/json.h"
#include "catalog/clip_list.h"
#include "catalog/library.h"
#include "db/migrations.h"
#include "elastic/pools.h"
#include "jobs/job_counts.h"
#include "jobs/nodes.h"
#include "jobs/oban_table.h"
#include "jobs/queue.h"
#include "review/review_queue.h"
#include "stopwatch.h"

namespace heaters {
namespace {

class Bench {
 public:
  Bench(db::Database& database, int rounds) : database_(database), rounds_(rounds) {}

  template <typename Operation>
  void time(const std::string& name, const Operation& operation) {
    std::vector<double> took;
    took.reserve(static_cast<std::size_t>(rounds_));
    operation(0);
    for (int i = 0; i < rounds_; ++i) {
      const auto began = Clock::now();
      operation(i + 1);
      took.push_back(1000 * seconds_since(began));
    }
    std::sort(took.begin(), took.end());
    results_[name] = took[took.size() / 2];
  }

  // Within a transaction that is rolled back, so that the next finds it as it was.
  template <typename Operation>
  void time_undone(const std::string& name, const Operation& operation) {
    time(name, [&](int round) {
      const db::Transaction transaction(database_);
      operation(round);
    });
  }

  const Json& results() const { return results_; }

 private:
  db::Database& database_;
  int rounds_;
  Json results_ = Json::object();
};

void time_jobs(Bench& bench, db::Database& database) {
  const auto queue = jobs::make_queue(database);
  const std::vector<std::string> queues = {"heaters_acquire", "heaters_ingest", "heaters_publish"};
  const std::string node = "heaters@bench.1.00000000";
  bench.time_undone("claim a job and complete it", [&](int) {
    const auto claimed = queue->claim("heaters_acquire", 1, node);
    if (claimed.empty()) throw std::runtime_error("there is no job");
    const jobs::Ending ending{.lease = claimed.front().lease()};
    queue->finish(std::span(&ending, 1), node);
  });
  bench.time_undone("insert a job with a key", [&](int round) {
    jobs::NewJob job{.queue = "heaters_acquire", .worker = "Heaters.Acquire"};
    job.unique_key = fmt::format("bench{}", round);
    queue->insert(std::span(&job, 1));
  });
  bench.time_undone("upkeep: stage, rescue, prune", [&](int) {
    queue->stage(queues);
    queue->rescue(queues);
    constexpr std::chrono::hours day{24};
    queue->prune(queues, day, 14 * day, 5'000);
  });
  bench.time("a pool's demand", [&](int) {
    elastic::Pools(database).demand(
        {.name = "bench", .queues = {{"heaters_acquire", 4}, {"heaters_ingest", 1}}});
  });
}

void time_review(Bench& bench, db::Database& database) {
  using review::QueueOrder;
  for (const auto& [name, order] :
       {std::pair("by time", QueueOrder::Time), std::pair("the newest", QueueOrder::Newest),
        std::pair("the least certain", QueueOrder::Score)}) {
    bench.time_undone(fmt::format("take ten clips to review, {}", name), [&, order = order](int) {
      review::ReviewQueue(database, "bench").take({}, order, 10, {});
    });
  }
}

void time_library(Bench& bench, db::Database& database) {
  constexpr std::int64_t most = 10'001;
  const auto page = [&](const std::string& name, const catalog::LibraryQuery& query) {
    bench.time("library, " + name, [&database, query](int) { catalog::Library(database).page(query, most); });
  };
  using catalog::LibrarySort;
  page("the newest", {});
  page("by title", {.sort = LibrarySort::Title});
  page("the longest", {.sort = LibrarySort::Longest});
  page("search for a word that one has", {.text = "5737034557ef"});
  page("search for words that all have, and a number", {.text = "episode 77 "});
  page("search for a word that all have", {.text = "episode"});
  page("search for a begin that a fifth have", {.text = "episode 7"});
  page("search for a word that the 15 newest have", {.text = "premiere"});
  page("the oldest, search for a word that the 15 newest have",
       {.text = "premiere", .sort = LibrarySort::Oldest});
  page("search for a word that one in 200 has", {.text = "trailer"});
  page("search for a part of a word that one has", {.text = "37034557ef5b"});
}

void time_clips(Bench& bench, db::Database& database) {
  constexpr std::int64_t most = 10'001;
  const auto page = [&](const std::string& name, const catalog::ClipFilter& filter) {
    bench.time("clips, " + name, [&database, filter](int) {
      catalog::ClipList list(database);
      list.count(filter, most);
      list.page(filter, 60, 0);
    });
  };
  page("the newest", {});
  page("approved ones", {.decision = catalog::Decision::Approved});
  const auto titled = [&](const std::string& name, const std::string& typed) {
    bench.time("clips of a title, by " + name, [&database, typed](int) {
      catalog::ClipList list(database);
      const catalog::ClipFilter filter{.title = list.look_for(typed, {})};
      list.count(filter, most);
      list.page(filter, 60, 0);
    });
  };
  titled("a word that one has", "5737034557ef");
  titled("a part of a word that one has", "37034557ef5b");
  titled("a word that all have", "episode");
  titled("a word that the 15 newest have", "premiere");
  titled("a word that one in 200 has", "trailer");
}

int run(int rounds) {
  const char* const url = std::getenv("DATABASE_URL");
  if (url == nullptr) throw std::runtime_error("DATABASE_URL is not set");
  const auto database = db::open(url);
  db::migrate(*database);
  jobs::add_missing_indexes(*database);  // as each worker does that begins
  jobs::Nodes(*database).beat("heaters@bench.1.00000000");
  Bench bench(*database, rounds);
  time_jobs(bench, *database);
  time_review(bench, *database);
  time_library(bench, *database);
  time_clips(bench, *database);
  bench.time("what is told of queues", [&](int) { jobs::count_jobs(*database, 10'000); });
  std::cout << bench.results().dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace heaters

int main(int argc, char** argv) {
  try {
    return heaters::run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 100);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}

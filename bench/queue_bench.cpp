// What the job queue does per second on one database. Usage: queue_bench DATABASE [COUNT] [HISTORY]
//   DATABASE  postgres:// URL or the path of an SQLite file, of its own: its jobs are deleted
//   COUNT     jobs per measurement (20000)
//   HISTORY   also: what a claim takes beside so many finished jobs and 100,000 pending ones
// Prints one JSON object.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>

#include "base/json.h"
#include "db/migrations.h"
#include "jobs/queue.h"
#include "jobs/worker.h"
#include "stopwatch.h"

namespace {

using namespace heaters;
using namespace std::chrono_literals;

class Bench {
 public:
  Bench(std::string location, int count) : location_(std::move(location)), count_(count) {
    database_ = db::open(location_);
    db::migrate(*database_);
    jobs::make_queue(*database_);
  }

  Json run() {
    Json json;
    json["jobs"] = count_;
    json["insert_per_second"] = median_of(3, [&] { return insert(2000, is_postgres() ? 2 : 1); });
    json["run_per_second"]["ack_each"] =
        median_of(3, [&] { return work({.name = "bench", .max_running = 200}); });
    const int lanes = is_postgres() ? 2 : 1;
    json["run_per_second"]["cheap"] =
        median_of(3, [&] { return work({.name = "bench", .max_running = lanes, .is_cheap = true}); });
    json["latency_ms"] = latency();
    json["handover_ms"] = handover();
    return json;
  }

  // Claims of 100 beside many finished and pending jobs, against claims from a table with the pending ones
  // only.
  Json history(std::int64_t finished) {
    const auto fill = [&](std::int64_t rows, const char* state) {
      database_->execute(
          is_postgres()
              ? fmt::format("INSERT INTO oban_jobs (worker, queue, state, completed_at, args) SELECT 'noop', "
                            "'bench', '{}', CASE WHEN '{}' = 'completed' THEN now() END, '{{}}' FROM "
                            "generate_series(1, {})",
                            state, state, rows)
              : fmt::format(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                    "INSERT INTO oban_jobs (worker, queue, state) SELECT 'noop', 'bench', '{}' FROM n",
                    rows, state));
    };
    Json json;
    clear();
    fill(100'000, "available");
    analyze();
    json["claim_ms_without"] = claim_milliseconds();
    clear();
    fill(finished, "completed");
    fill(100'000, "available");
    analyze();
    json["claim_ms_with"] = claim_milliseconds();
    json["finished"] = finished;
    json["ratio"] = json["claim_ms_with"].get<double>() / json["claim_ms_without"].get<double>();
    return json;
  }

 private:
  bool is_postgres() const { return database_->dialect() == db::Dialect::Postgres; }

  static double median_of(int rounds, const std::function<double()>& measure) {
    std::vector<double> rates;
    rates.reserve(static_cast<std::size_t>(rounds));
    for (int i = 0; i < rounds; ++i) rates.push_back(measure());
    std::sort(rates.begin(), rates.end());
    return rates[rates.size() / 2];
  }

  void clear() { database_->execute(is_postgres() ? "TRUNCATE oban_jobs" : "DELETE FROM oban_jobs"); }
  void analyze() { database_->execute(is_postgres() ? "VACUUM ANALYZE oban_jobs" : "ANALYZE"); }

  double insert(int batch, int lanes) {
    clear();
    const auto begin = Clock::now();
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(lanes));
    std::atomic<int> left = count_;
    for (int i = 0; i < lanes; ++i) {
      threads.emplace_back([&] {
        const auto connection = db::open(location_);
        const auto queue = jobs::make_queue(*connection);
        const std::vector<jobs::NewJob> jobs(static_cast<std::size_t>(batch),
                                             {.queue = "bench", .worker = "noop", .args_json = R"({"n":1})"});
        for (int mine = left.fetch_sub(batch); mine > 0; mine = left.fetch_sub(batch)) {
          db::Transaction transaction(*connection);
          queue->insert(std::span(jobs).first(static_cast<std::size_t>(std::min(mine, batch))));
          transaction.commit();
        }
      });
    }
    threads.clear();
    return count_ / seconds_since(begin);
  }

  double work(const jobs::QueueOptions& options) {
    insert(2000, 1);
    analyze();
    std::atomic<int> ran = 0;
    jobs::Worker worker(
        {.node = jobs::new_node_name(), .queues = {options}, .idle_exit = 0ms},
        {{"noop",
          {.run =
               [&](const jobs::Attempt&) {
                 ++ran;
                 return jobs::Outcome{jobs::Completed{}};
               }}}},
        [this] { return db::open(location_); }, nullptr);
    const auto begin = Clock::now();
    worker.run({});
    const double rate = count_ / seconds_since(begin);
    db::Statement completed = database_->prepare("SELECT count(*) FROM oban_jobs WHERE state = 'completed'");
    completed.step();
    if (ran != count_ || completed.integer(0) != count_) {
      throw std::runtime_error(
          fmt::format("{} of {} jobs ran, {} completed", ran.load(), count_, completed.integer(0)));
    }
    return rate;
  }

  // From before a job's insertion to the first line of its handler, one job at a time on an idle worker.
  Json latency() {
    clear();
    std::mutex mutex;
    std::vector<double> took;
    std::atomic<Clock::time_point> sent;
    jobs::Worker worker(
        {.node = jobs::new_node_name(), .queues = {{.name = "bench", .max_running = 4}}},
        {{"noop",
          {.run =
               [&](const jobs::Attempt&) {
                 const double ms = 1000 * seconds_since(sent);
                 const std::lock_guard lock(mutex);
                 took.push_back(ms);
                 return jobs::Outcome{jobs::Completed{}};
               }}}},
        [this] { return db::open(location_); }, nullptr);
    std::jthread runner([&](const std::stop_token& stop) { worker.run(stop); });
    std::this_thread::sleep_for(500ms);
    const auto queue = jobs::make_queue(*database_);
    for (int i = 0; i < 300; ++i) {
      sent = Clock::now();
      const jobs::NewJob job{.queue = "bench", .worker = "noop"};
      queue->insert(std::span(&job, 1));
      std::this_thread::sleep_for(20ms);
    }
    runner.request_stop();
    runner.join();
    std::sort(took.begin(), took.end());
    if (took.size() != 300) throw std::runtime_error("not every job started");
    return {{"p50", took[150]}, {"p99", took[297]}};
  }

  // From the return of a job's handler to the first line of the next one's, which the first asked for: the
  // end and the insertion are one transaction.
  Json handover() {
    clear();
    const std::string node = jobs::new_node_name();
    std::mutex mutex;
    std::vector<double> took;
    std::atomic<Clock::time_point> ended;
    const auto first = [&](const jobs::Attempt&) {
      ended = Clock::now();
      jobs::NewJob next{.queue = "bench_next", .worker = "next"};
      next.node = node;
      next.node_until = utc_now() + 60s;
      return jobs::Outcome{jobs::Completed{{next}}};
    };
    const auto next = [&](const jobs::Attempt&) {
      const double ms = 1000 * seconds_since(ended);
      const std::lock_guard lock(mutex);
      took.push_back(ms);
      return jobs::Outcome{jobs::Completed{}};
    };
    jobs::Worker worker(
        {.node = node, .queues = {{.name = "bench"}, {.name = "bench_next"}}},
        {{"noop", {.run = first}}, {"next", {.run = next}}}, [this] { return db::open(location_); }, nullptr);
    std::jthread runner([&](const std::stop_token& stop) { worker.run(stop); });
    std::this_thread::sleep_for(500ms);
    const auto queue = jobs::make_queue(*database_);
    for (int i = 0; i < 200; ++i) {
      const jobs::NewJob job{.queue = "bench", .worker = "noop"};
      queue->insert(std::span(&job, 1));
      std::this_thread::sleep_for(30ms);
    }
    runner.request_stop();
    runner.join();
    std::sort(took.begin(), took.end());
    if (took.size() != 200) throw std::runtime_error("not every job handed over");
    return {{"p50", took[100]}, {"p99", took[198]}};
  }

  double claim_milliseconds() {
    const auto queue = jobs::make_queue(*database_);
    std::vector<double> took;
    for (int i = 0; i < 200; ++i) {
      const auto begin = Clock::now();
      if (queue->claim("bench", 100, "heaters@bench").size() != 100)
        throw std::runtime_error("the queue ran dry");
      took.push_back(1000 * seconds_since(begin));
    }
    std::sort(took.begin(), took.end());
    return took[took.size() / 2];
  }

  std::string location_;
  int count_;
  std::unique_ptr<db::Database> database_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: queue_bench DATABASE [COUNT] [HISTORY]\n", stderr);
    return 2;
  }
  try {
    Bench bench(argv[1], argc > 2 ? std::atoi(argv[2]) : 20'000);
    Json json = bench.run();
    if (argc > 3) json["history"] = bench.history(std::atoll(argv[3]));
    std::puts(json.dump(2).c_str());
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "queue_bench: %s\n", exception.what());
    return 1;
  }
  return 0;
}

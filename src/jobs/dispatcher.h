#pragma once

#include <atomic>
#include <thread>

#include "jobs/nodes.h"
#include "jobs/running_jobs.h"
#include "jobs/wakeup.h"
#include "jobs/worker.h"

namespace heaters::jobs {

// What Worker::run does: one object per run. See Worker.
class Worker::Dispatcher {
 public:
  explicit Dispatcher(Worker& worker);
  ~Dispatcher();

  void run(const std::stop_token& stop);

 private:
  using Clock = std::chrono::steady_clock;

  struct Lane {
    const QueueOptions* options;
    int max_running;
    bool is_paused = false;
    // There may be jobs that nobody has taken.
    bool may_have_jobs = true;
  };

  void start();
  // One round: writes endings, claims, does upkeep. Throws when the database is away.
  void turn();
  void exchange();
  void wait_for_company() const;
  bool is_far_ahead(const Lane& lane) const;
  bool leads_to_a_pause(const Lane& lane) const;
  void look_again_at_what_feeds(const std::string& queue);
  int demand(const Lane& lane, int freed = 0) const;
  void accept(std::span<const Ending> endings, const std::vector<Finish>& finishes);
  void hand_over(std::vector<Job> jobs);
  void upkeep(Clock::time_point now);
  void beat(Clock::time_point now);
  void rescue(Clock::time_point now);
  void insert_cron_jobs();
  void heed(const News& news);
  void apply_settings();
  void set_paused(const std::string& queue, bool is_paused);
  bool is_idle_for_long(Clock::time_point now);
  std::chrono::milliseconds time_to_wait(Clock::time_point now) const;
  void shut_down();

  // A runner thread's own connection, made when it is needed.
  class RunnerConnection {
   public:
    explicit RunnerConnection(const Connect& connect) : connect_(connect) {}
    db::Database& database();
    Queue& queue();
    bool has_lost_database() const;

   private:
    const Connect& connect_;
    std::unique_ptr<db::Database> database_;
    std::unique_ptr<Queue> queue_;
    bool is_away_ = false;  // could not be connected to
  };

  void run_jobs();  // of a runner thread
  void run_job(const RunningJobs::Taken& taken, RunnerConnection& connection);
  Outcome call_handler(const Job& job, const std::stop_token& stop, RunnerConnection& connection);
  void settle(const Job& job, const Outcome& outcome, RunnerConnection& connection);
  bool end_in_transaction(const Job& job, const Ending& ending, const Outcome& outcome,
                          RunnerConnection& connection);
  static void call_after(const Job& job, const std::function<void()>& after);
  void run_cheap_jobs(Lane& lane, const std::stop_token& stop);
  int run_cheap_batch(const Lane& lane, RunnerConnection& connection);

  Worker& worker_;
  const WorkerOptions& options_;
  std::vector<std::string> queue_names_;
  std::map<std::string, Lane> lanes_;
  std::mutex lanes_mutex_;  // of what runners look at: whether lanes are paused, wakeup_ while it is made
  std::condition_variable cheap_news_;

  std::unique_ptr<db::Database> database_;
  std::unique_ptr<Queue> queue_;
  std::optional<Nodes> nodes_;
  std::unique_ptr<Wakeup> wakeup_;
  std::optional<FileLock> node_lock_;

  RunningJobs running_;
  std::vector<std::jthread> runners_;
  std::vector<std::jthread> cheap_runners_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<int> cheap_batches_ = 0;  // in work

  Clock::time_point steady_since_ = Clock::now();
  Clock::time_point last_beat_;
  Clock::time_point next_upkeep_;
  Clock::time_point next_prune_;
  Clock::time_point next_own_upkeep_;
  Clock::time_point last_busy_ = Clock::now();
  std::int64_t last_cron_minute_ = 0;
  int failures_ = 0;
  bool may_have_unknown_claims_ = false;
};

}  // namespace heaters::jobs

// The part of the dispatcher that runs on the runners' threads.

#include <fmt/format.h>

#include "base/log.h"
#include "base/trace.h"
#include "jobs/backoff.h"
#include "jobs/dispatcher.h"
#include "jobs/ending.h"

namespace heaters::jobs {

namespace {

constexpr int cheap_batch = 500;

void log_end(const Job& job, const Ending& ending, std::chrono::steady_clock::time_point began) {
  if (!is_logged(LogLevel::Info)) return;
  const double ran = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const bool is_trouble = ending.state == JobState::Discarded || ending.state == JobState::Cancelled;
  const LogLevel level = is_trouble ? LogLevel::Warning : LogLevel::Info;
  if (ending.error.empty()) {
    log(level, "job.ended",
        {{"id", job.id},
         {"worker", job.worker},
         {"attempt", job.attempt},
         {"state", to_string(ending.state)},
         {"run_s", ran}});
  } else {
    log(level, "job.ended",
        {{"id", job.id},
         {"worker", job.worker},
         {"attempt", job.attempt},
         {"state", to_string(ending.state)},
         {"run_s", ran},
         {"error", ending.error}});
  }
}

}  // namespace

db::Database& Worker::Dispatcher::RunnerConnection::database() {
  is_away_ = true;
  if (!database_) database_ = connect_();
  is_away_ = false;
  return *database_;
}

bool Worker::Dispatcher::RunnerConnection::has_lost_database() const {
  return is_away_ || (database_ && !database_->is_connected());
}

Queue& Worker::Dispatcher::RunnerConnection::queue() {
  if (!queue_) queue_ = make_queue(database());
  return *queue_;
}

void Worker::Dispatcher::run_jobs() {
  RunnerConnection connection(worker_.connect_);
  while (const auto taken = running_.take()) run_job(*taken, connection);
}

void Worker::Dispatcher::run_job(const RunningJobs::Taken& taken, RunnerConnection& connection) {
  const auto began = Clock::now();
  const Job& job = taken.job;
  const TraceScope trace(trace_of(job));
  const Outcome outcome = call_handler(job, taken.stop, connection);
  const Lease lease = job.lease();
  if (running_.stop_reason(lease) == StopReason::LeaseLost) {
    log(LogLevel::Warning, "job.lease_lost", {{"id", job.id}, {"attempt", job.attempt}});
    running_.remove(lease);
    wakeup_->nudge();
    return;
  }
  log_end(job, ending_of(job, outcome), began);
  settle(job, outcome, connection);
}

Outcome Worker::Dispatcher::call_handler(const Job& job, const std::stop_token& stop,
                                         RunnerConnection& connection) {
  const auto handler = worker_.handlers_.find(job.worker);
  if (handler == worker_.handlers_.end()) return {Retry{fmt::format("unknown worker \"{}\"", job.worker)}};
  const std::function<Outcome(const Error&)> outcome_of_failure = [&](const Error& error) {
    const StopReason reason = running_.stop_reason(job.lease());
    if (reason == StopReason::None && connection.has_lost_database())
      return Outcome{Snooze{std::chrono::seconds(1)}};
    return outcome_of(error, reason);
  };
  try {
    return handler->second.run({.job = job,
                                .node = options_.node,
                                .database = [&]() -> db::Database& { return connection.database(); },
                                .stop = stop,
                                .outcome_of = outcome_of_failure});
  } catch (const std::exception& exception) {
    return outcome_of_failure(to_error(exception));
  }
}

// An end with nothing else to record goes to the dispatcher, which writes many at once. The others are a
// transaction of their own. Neither is given up while the database is away.
void Worker::Dispatcher::settle(const Job& job, const Outcome& outcome, RunnerConnection& connection) {
  const Ending ending = ending_of(job, outcome);
  const auto* completed = std::get_if<Completed>(&outcome.result);
  if (!outcome.record && !outcome.after && (completed == nullptr || completed->next.empty())) {
    running_.push_ending(ending);
    wakeup_->nudge();
    return;
  }
  for (int failures = 0;; ++failures) {
    try {
      if (end_in_transaction(job, ending, outcome, connection) && outcome.after)
        call_after(job, outcome.after);
      running_.remove(job.lease());
      break;
    } catch (const std::exception& exception) {
      const Error error = to_error(exception);
      if (error.kind() != ErrorKind::Unavailable && error.kind() != ErrorKind::Exhausted) {
        // The record cannot be written, and will not be next time: an end by itself can.
        running_.push_ending(ending_of(job, {Retry{error.what()}}));
        break;
      }
      // At a shutdown somebody waits: the job will be rescued.
      constexpr int most_failures_at_shutdown = 8;
      if (is_stopping_ && failures >= options_.most_failures.value_or(most_failures_at_shutdown)) {
        running_.remove(job.lease());
        break;
      }
      log(LogLevel::Warning, "job.end_waits", {{"id", job.id}, {"error", error.what()}});
      std::this_thread::sleep_for(reconnect_backoff(failures));
    }
  }
  wakeup_->nudge();
}

// Whether this attempt's end is what the database says now.
bool Worker::Dispatcher::end_in_transaction(const Job& job, const Ending& ending, const Outcome& outcome,
                                            RunnerConnection& connection) {
  db::Database& database = connection.database();
  Queue& queue = connection.queue();
  db::Transaction transaction(database);
  const Finish finish = queue.finish(std::span(&ending, 1), options_.node).front();
  if (finish == Finish::WrittenBefore) return true;
  const bool is_written = finish == Finish::Written;
  bool is_cancelled = false;
  if (!is_written && ending.state == JobState::Cancelled) {
    // An operator's cancellation has changed the row already; what the stage has to say about it counts.
    const auto now = queue.find(job.id);
    is_cancelled = now && now->state == JobState::Cancelled && now->attempt == job.attempt;
  }
  if (!is_written && !is_cancelled) {
    log(LogLevel::Warning, "job.lease_lost", {{"id", job.id}, {"attempt", job.attempt}});
    return false;
  }
  if (outcome.record) outcome.record(database);
  const auto* completed = std::get_if<Completed>(&outcome.result);
  if (completed != nullptr) queue.insert(completed->next);
  transaction.commit();
  return true;
}

void Worker::Dispatcher::call_after(const Job& job, const std::function<void()>& after) {
  try {
    after();
  } catch (const std::exception& exception) {
    log(LogLevel::Warning, "job.after_failed", {{"id", job.id}, {"error", exception.what()}});
  }
}

void Worker::Dispatcher::run_cheap_jobs(Lane& lane, const std::stop_token& stop) {
  RunnerConnection connection(worker_.connect_);
  int failures = 0;
  while (!stop.stop_requested()) {
    try {
      bool is_paused = false;
      {
        const std::lock_guard lock(lanes_mutex_);
        is_paused = lane.is_paused;
      }
      const int done = is_paused ? 0 : run_cheap_batch(lane, connection);
      failures = 0;
      if (done > 0) continue;
      std::unique_lock lock(lanes_mutex_);
      if (!stop.stop_requested()) cheap_news_.wait_for(lock, options_.poll_interval);
    } catch (const std::exception& exception) {
      log(LogLevel::Warning, "worker.waits", {{"node", options_.node}, {"error", exception.what()}});
      std::this_thread::sleep_for(reconnect_backoff(failures++));
    }
  }
}

int Worker::Dispatcher::run_cheap_batch(const Lane& lane, RunnerConnection& connection) {
  db::Database& database = connection.database();
  Queue& queue = connection.queue();
  ++cheap_batches_;
  struct Leave {
    std::atomic<int>& count;
    ~Leave() { --count; }
  } leave{cheap_batches_};
  db::Transaction transaction(database);
  const std::vector<Job> jobs = queue.lock(lane.options->name, cheap_batch, options_.node);
  if (jobs.empty()) return 0;
  std::vector<JobId> completed;
  std::vector<Job> others;
  std::vector<Ending> endings;
  std::vector<NewJob> next;
  std::vector<std::function<void()>> afters;
  for (const Job& job : jobs) {
    const auto began = Clock::now();
    const TraceScope trace(trace_of(job));
    const Outcome outcome = call_handler(job, {}, connection);
    if (outcome.record) outcome.record(database);
    afters.push_back(outcome.after);
    Ending ending = ending_of(job, outcome);
    log_end(job, ending, began);
    if (const auto* done = std::get_if<Completed>(&outcome.result)) {
      completed.push_back(job.id);
      next.insert(next.end(), done->next.begin(), done->next.end());
      continue;
    }
    others.push_back(job);
    endings.push_back(std::move(ending));
  }
  if (!completed.empty()) queue.complete_locked(completed, options_.node);
  if (!others.empty()) {
    queue.start_locked(others, options_.node);
    queue.finish(endings, options_.node);
  }
  if (!next.empty()) queue.insert(next);
  transaction.commit();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (afters[i]) call_after(jobs[i], afters[i]);
  }
  return static_cast<int>(jobs.size());
}

}  // namespace heaters::jobs

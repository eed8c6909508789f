#include "jobs/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "jobs/backoff.h"
#include "jobs/oban_table.h"
#include "jobs/queue_settings.h"

namespace heaters::jobs {

namespace {

using namespace std::chrono_literals;

constexpr auto prune_interval = 30s;
constexpr auto own_upkeep_interval = 20s;
constexpr int most_pruned = 10'000;
constexpr int most_claimed = 500;  // in one statement

}  // namespace

Worker::Dispatcher::Dispatcher(Worker& worker) : worker_(worker), options_(worker.options_) {
  for (const QueueOptions& queue : options_.queues) {
    queue_names_.push_back(queue.name);
    lanes_.emplace(queue.name, Lane{.options = &queue, .max_running = queue.max_running});
  }
}

Worker::Dispatcher::~Dispatcher() {
  is_stopping_ = true;
  running_.stop_all(StopReason::Shutdown);
  running_.close();
  const std::lock_guard lock(lanes_mutex_);
  for (std::jthread& runner : cheap_runners_) runner.request_stop();
  cheap_news_.notify_all();
}

// Waits for the database as run() does, so that a worker may be started before its server.
void Worker::Dispatcher::start() {
  if (worker_.local_nodes_ != nullptr && !node_lock_)
    node_lock_.emplace(worker_.local_nodes_->hold(options_.node));
  if (!database_) database_ = worker_.connect_();
  queue_ = make_queue(*database_);
  nodes_.emplace(*database_);
  nodes_->beat(options_.node);
  last_beat_ = steady_since_ = Clock::now();
  auto wakeup = make_wakeup(*database_, options_.node);
  apply_settings();
  last_cron_minute_ = std::chrono::floor<std::chrono::minutes>(options_.now()).time_since_epoch().count();
  {
    const std::lock_guard lock(lanes_mutex_);
    wakeup_ = std::move(wakeup);
  }
  add_missing_indexes(*database_);
  for (auto& [name, lane] : lanes_) {
    if (!lane.options->is_cheap) continue;
    for (int i = 0; i < lane.options->max_running; ++i) {
      // A structured binding cannot be captured.
      cheap_runners_.emplace_back(
          [this, own = &lane](const std::stop_token& stop) { run_cheap_jobs(*own, stop); });
    }
  }
}

void Worker::Dispatcher::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] {
    const std::lock_guard lock(lanes_mutex_);
    if (wakeup_) wakeup_->nudge();
  });
  while (!stop.stop_requested()) {
    try {
      if (!wakeup_) start();
      turn();
      failures_ = 0;
      const auto now = Clock::now();
      if (is_idle_for_long(now)) break;
      heed(wakeup_->wait(time_to_wait(now)));
    } catch (const std::exception& exception) {
      const Error error = to_error(exception);
      // What the operator has to mend is told at once, unless we had been at work.
      const bool is_started = wakeup_ != nullptr;
      if (error.kind() != ErrorKind::Unavailable && !is_started) throw;
      if (options_.most_failures && failures_ >= *options_.most_failures) throw;
      steady_since_ = Clock::now();
      // Others take us for dead, and our jobs.
      if (is_started && steady_since_ - last_beat_ > options_.node_timeout)
        running_.stop_all(StopReason::LeaseLost);
      log(LogLevel::Warning, "worker.waits", {{"node", options_.node}, {"error", error.what()}});
      std::this_thread::sleep_for(reconnect_backoff(failures_++));
    }
  }
  if (wakeup_) shut_down();
}

void Worker::Dispatcher::turn() {
  const auto now = Clock::now();
  if (now - last_beat_ >= options_.beat_interval) beat(now);
  exchange();
  if (now >= next_upkeep_) upkeep(now);
}

int Worker::Dispatcher::demand(const Lane& lane, int freed) const {
  if (lane.is_paused || lane.options->is_cheap || !lane.may_have_jobs || is_stopping_) return 0;
  return std::min(most_claimed, lane.max_running - running_.held(lane.options->name) + freed);
}

// Jobs that were claimed together tend to end together: a moment's wait for the others saves them a
// transaction. As long as more keep coming, and no longer than a millisecond.
void Worker::Dispatcher::wait_for_company() const {
  constexpr auto moment = 50us;
  constexpr int most_moments = 20;
  std::size_t seen = running_.ending_count();
  for (int i = 0; seen > 0 && i < most_moments && static_cast<int>(seen) < running_.held(); ++i) {
    std::this_thread::sleep_for(moment);
    const std::size_t now = running_.ending_count();
    if (now == seen) return;
    seen = now;
  }
}

// One transaction, and so one wait for the disk, for all the endings that have come together and the jobs
// that take their places.
void Worker::Dispatcher::exchange() {
  wait_for_company();
  std::vector<Ending> endings = running_.take_endings();
  const bool has_demand =
      std::any_of(lanes_.begin(), lanes_.end(), [&](const auto& each) { return demand(each.second) > 0; });
  if (endings.empty() && !has_demand) return;
  last_busy_ = endings.empty() ? last_busy_ : Clock::now();
  std::vector<Job> claimed;
  try {
    db::Transaction transaction(*database_);
    std::vector<Finish> finishes;
    if (!endings.empty()) finishes = queue_->finish(endings, options_.node);
    const std::map<std::string, int> freed = running_.by_queue(endings);
    for (auto& [name, lane] : lanes_) {
      const auto found = freed.find(name);
      const int wanted = demand(lane, found == freed.end() ? 0 : found->second);
      if (wanted <= 0) continue;
      if (is_far_ahead(lane)) {
        lane.may_have_jobs = false;
        continue;
      }
      std::vector<Job> jobs = queue_->claim(name, wanted, options_.node);
      lane.may_have_jobs = static_cast<int>(jobs.size()) == wanted;
      if (!jobs.empty()) look_again_at_what_feeds(name);
      for (Job& job : jobs) claimed.push_back(std::move(job));
    }
    transaction.commit();
    accept(endings, finishes);
  } catch (...) {
    running_.put_back(std::move(endings));
    // The commit may have happened, and only its answer be lost.
    may_have_unknown_claims_ = true;
    for (auto& [name, lane] : lanes_) lane.may_have_jobs = true;
    throw;
  }
  hand_over(std::move(claimed));
}

bool Worker::Dispatcher::is_far_ahead(const Lane& lane) const {
  const QueueOptions& options = *lane.options;
  if (options.feeds.empty() || !lanes_.contains(options.feeds)) return false;
  return queue_->meant_for(options.feeds, options_.node, options.most_ahead) >= options.most_ahead;
}

// What a queue leads to is paused: what waits in it is no work for now.
bool Worker::Dispatcher::leads_to_a_pause(const Lane& lane) const {
  if (lane.is_paused) return true;
  const auto next = lanes_.find(lane.options->feeds);
  return next != lanes_.end() && leads_to_a_pause(next->second) && is_far_ahead(lane);
}

void Worker::Dispatcher::look_again_at_what_feeds(const std::string& queue) {
  for (auto& [name, lane] : lanes_) {
    if (lane.options->feeds == queue) lane.may_have_jobs = true;
  }
}

void Worker::Dispatcher::accept(std::span<const Ending> endings, const std::vector<Finish>& finishes) {
  for (std::size_t i = 0; i < endings.size(); ++i) {
    if (finishes[i] == Finish::LeaseLost) {
      log(LogLevel::Warning, "job.lease_lost",
          {{"id", endings[i].lease.id}, {"attempt", endings[i].lease.attempt}});
    }
    running_.remove(endings[i].lease);
  }
}

void Worker::Dispatcher::hand_over(std::vector<Job> jobs) {
  if (jobs.empty()) return;
  last_busy_ = Clock::now();
  for (Job& job : jobs) {
    const auto handler = worker_.handlers_.find(job.worker);
    running_.add(std::move(job), handler == worker_.handlers_.end() ? std::nullopt : handler->second.timeout);
  }
  for (int lacking = running_.lacking_threads(); lacking > 0; --lacking) {
    runners_.emplace_back([this] { run_jobs(); });
  }
}

void Worker::Dispatcher::beat(Clock::time_point now) {
  // A node that was silent for long must not call others silent: the database may have been away for all.
  if (now - last_beat_ > options_.node_timeout / 2) steady_since_ = now;
  nodes_->beat(options_.node);
  last_beat_ = now;
  const std::vector<Lease> leases = running_.leases();
  if (may_have_unknown_claims_) {
    queue_->give_back_unknown(queue_names_, leases, options_.node);
    may_have_unknown_claims_ = false;
  }
  if (leases.empty()) return;
  for (const Lease& lost : queue_->refresh(leases, options_.node)) {
    const auto job = queue_->find(lost.id);
    const bool is_cancelled = job && job->state == JobState::Cancelled && job->lease() == lost;
    running_.stop(lost, is_cancelled ? StopReason::Cancelled : StopReason::LeaseLost);
  }
}

void Worker::Dispatcher::upkeep(Clock::time_point now) {
  next_upkeep_ = now + options_.poll_interval;
  running_.stop_late(now);
  queue_->stage(queue_names_);
  rescue(now);
  insert_cron_jobs();
  if (now >= next_prune_) {
    next_prune_ = now + prune_interval;
    queue_->prune(queue_names_, options_.keep_completed, options_.keep_failed, most_pruned);
  }
  if (options_.on_upkeep && now >= next_own_upkeep_) {
    next_own_upkeep_ = now + own_upkeep_interval;
    options_.on_upkeep(*database_);
  }
  // What came without being announced: the clock's, and other programs' plain SQL.
  for (auto& [name, lane] : lanes_) lane.may_have_jobs = true;
  cheap_news_.notify_all();
}

void Worker::Dispatcher::rescue(Clock::time_point now) {
  if (worker_.local_nodes_ != nullptr) {
    for (const std::string& dead : worker_.local_nodes_->reap()) nodes_->forget(dead);
  }
  if (now - steady_since_ >= options_.node_timeout) nodes_->forget_silent(options_.node_timeout);
  if (const int rescued = queue_->rescue(queue_names_); rescued > 0) {
    log(LogLevel::Warning, "jobs.rescued", {{"count", rescued}});
  }
}

void Worker::Dispatcher::insert_cron_jobs() {
  const auto now = std::chrono::floor<std::chrono::minutes>(options_.now());
  // Minutes that were slept through are made up for, up to a day.
  constexpr std::int64_t most_made_up = 24 * 60;
  const std::int64_t current = now.time_since_epoch().count();
  for (std::int64_t minute = std::max(last_cron_minute_ + 1, current - most_made_up); minute <= current;
       ++minute) {
    const UtcTime at{std::chrono::minutes(minute)};
    for (const CronEntry& entry : options_.crontab) {
      if (!entry.expression.matches(at)) continue;
      db::Transaction transaction(*database_);
      if (!take_cron_minute(*database_, entry.name, at)) continue;
      queue_->insert(std::span(&entry.job, 1));
      transaction.commit();
    }
  }
  last_cron_minute_ = current;
}

void Worker::Dispatcher::heed(const News& news) {
  if (news.may_have_missed_signals) apply_settings();
  for (auto& [name, lane] : lanes_) {
    if (news.has_everything_changed || news.queues.contains(name)) lane.may_have_jobs = true;
  }
  if (news.has_everything_changed || !news.queues.empty()) {
    const std::lock_guard lock(lanes_mutex_);
    cheap_news_.notify_all();
  }
  for (const Signal& signal : news.signals) {
    switch (signal.action) {
      case Signal::Action::Kill:
        running_.stop_job(signal.job_id, StopReason::Cancelled);
        break;
      case Signal::Action::Pause:
      case Signal::Action::Resume:
        set_paused(signal.queue, signal.action == Signal::Action::Pause);
        break;
      case Signal::Action::Scale:
        if (const auto lane = lanes_.find(signal.queue); lane != lanes_.end()) {
          lane->second.max_running = signal.limit;
          lane->second.may_have_jobs = true;
        }
        break;
    }
  }
}

void Worker::Dispatcher::set_paused(const std::string& queue, bool is_paused) {
  const std::lock_guard lock(lanes_mutex_);
  for (auto& [name, lane] : lanes_) {
    if (queue != "*" && queue != name) continue;
    lane.is_paused = is_paused;
    lane.may_have_jobs = true;
  }
  cheap_news_.notify_all();
}

void Worker::Dispatcher::apply_settings() {
  for (const auto& [queue, setting] : QueueSettings(*database_).all()) {
    set_paused(queue, setting.is_paused);
    if (const auto lane = lanes_.find(queue); lane != lanes_.end() && setting.max_running) {
      lane->second.max_running = *setting.max_running;
    }
  }
}

bool Worker::Dispatcher::is_idle_for_long(Clock::time_point now) {
  if (!options_.idle_exit) return false;
  if (running_.held() > 0 || cheap_batches_ > 0) {
    last_busy_ = now;
    return false;
  }
  if (now - last_busy_ < *options_.idle_exit) return false;
  const auto horizon = std::chrono::ceil<std::chrono::seconds>(*options_.idle_exit);
  std::vector<std::string> queues;
  for (const auto& [name, lane] : lanes_)
    if (!leads_to_a_pause(lane)) queues.push_back(name);
  if (queue_->waiting(queues, horizon, options_.node) > 0) return false;
  if (!options_.may_leave || options_.may_leave(*database_)) return true;
  // Not more often than once a second: it is a transaction.
  last_busy_ = now + std::max<Clock::duration>(1s - *options_.idle_exit, 0s);
  return false;
}

std::chrono::milliseconds Worker::Dispatcher::time_to_wait(Clock::time_point now) const {
  for (const auto& [name, lane] : lanes_) {
    if (demand(lane) > 0) return 0ms;
  }
  auto wait = std::chrono::ceil<std::chrono::milliseconds>(
      std::min(next_upkeep_, last_beat_ + options_.beat_interval) - now);
  wait = std::min(wait, options_.poll_interval);
  if (options_.idle_exit) wait = std::min(wait, std::max(10ms, *options_.idle_exit / 2));
  return std::max(wait, 0ms);
}

void Worker::Dispatcher::shut_down() {
  is_stopping_ = true;
  {
    const std::lock_guard lock(lanes_mutex_);
    for (std::jthread& runner : cheap_runners_) runner.request_stop();
    cheap_news_.notify_all();
  }
  const auto deadline = Clock::now() + options_.shutdown_grace;
  bool is_told = false;
  // Ends: handlers heed their stop token, and a database that stays away is given up after as long again.
  const auto end = deadline + options_.shutdown_grace + 5s;
  while (running_.held() > 0 && Clock::now() < end) {
    if (!is_told && Clock::now() >= deadline) {
      running_.stop_all(StopReason::Shutdown);
      is_told = true;
    }
    try {
      turn();
      wakeup_->wait(50ms);
    } catch (const Error& error) {
      log(LogLevel::Warning, "worker.waits", {{"node", options_.node}, {"error", error.what()}});
      std::this_thread::sleep_for(reconnect_backoff(failures_++));
    }
  }
  running_.close();
  runners_.clear();
  cheap_runners_.clear();
  try {
    exchange();
    nodes_->forget(options_.node);
  } catch (const Error& error) {
    log(LogLevel::Warning, "worker.stopped_silently", {{"node", options_.node}, {"error", error.what()}});
  }
}

}  // namespace heaters::jobs

#include "jobs/running_jobs.h"

#include <utility>

namespace heaters::jobs {

void RunningJobs::add(Job job, std::optional<std::chrono::milliseconds> timeout) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[job.lease()];
  entry.queue = job.queue;
  entry.timeout = timeout;
  ++held_[job.queue];
  ready_.push_back(std::move(job));
  is_ready_.notify_one();
}

std::optional<RunningJobs::Taken> RunningJobs::take() {
  std::unique_lock lock(mutex_);
  ++waiting_threads_;
  is_ready_.wait(lock, [&] { return !ready_.empty() || is_closed_; });
  --waiting_threads_;
  if (ready_.empty()) return std::nullopt;
  Taken taken{std::move(ready_.front()), {}};
  ready_.pop_front();
  Entry& entry = entries_[taken.job.lease()];
  taken.stop = entry.stop.get_token();
  if (entry.timeout) entry.deadline = Clock::now() + *entry.timeout;
  return taken;
}

void RunningJobs::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  is_ready_.notify_all();
}

StopReason RunningJobs::stop_reason(const Lease& lease) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(lease);
  return found == entries_.end() ? StopReason::None : found->second.reason;
}

void RunningJobs::push_ending(Ending ending) {
  const std::lock_guard lock(mutex_);
  endings_.push_back(std::move(ending));
}

std::vector<Ending> RunningJobs::take_endings() {
  const std::lock_guard lock(mutex_);
  return std::exchange(endings_, {});
}

std::size_t RunningJobs::ending_count() const {
  const std::lock_guard lock(mutex_);
  return endings_.size();
}

void RunningJobs::put_back(std::vector<Ending> endings) {
  const std::lock_guard lock(mutex_);
  for (Ending& ending : endings) endings_.push_back(std::move(ending));
}

void RunningJobs::remove(const Lease& lease) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(lease);
  if (found == entries_.end()) return;
  --held_[found->second.queue];
  entries_.erase(found);
}

std::map<std::string, int> RunningJobs::by_queue(std::span<const Ending> endings) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, int> counts;
  for (const Ending& ending : endings) {
    const auto found = entries_.find(ending.lease);
    if (found != entries_.end()) ++counts[found->second.queue];
  }
  return counts;
}

int RunningJobs::held(const std::string& queue) const {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(queue);
  return found == held_.end() ? 0 : found->second;
}

int RunningJobs::held() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(entries_.size());
}

int RunningJobs::lacking_threads() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(ready_.size()) - waiting_threads_;
}

std::vector<Lease> RunningJobs::leases() const {
  const std::lock_guard lock(mutex_);
  std::vector<Lease> leases;
  leases.reserve(entries_.size());
  for (const auto& [lease, entry] : entries_) leases.push_back(lease);
  return leases;
}

void RunningJobs::stop_entry(Entry& entry, StopReason reason) {
  // The first reason is the one that counts, but nothing is written for a lease that is lost.
  if (entry.reason == StopReason::None || reason == StopReason::LeaseLost) entry.reason = reason;
  entry.stop.request_stop();
}

void RunningJobs::stop(const Lease& lease, StopReason reason) {
  const std::lock_guard lock(mutex_);
  if (const auto found = entries_.find(lease); found != entries_.end()) stop_entry(found->second, reason);
}

void RunningJobs::stop_job(JobId id, StopReason reason) {
  const std::lock_guard lock(mutex_);
  for (auto& [lease, entry] : entries_) {
    if (lease.id == id) stop_entry(entry, reason);
  }
}

void RunningJobs::stop_all(StopReason reason) {
  const std::lock_guard lock(mutex_);
  for (auto& [lease, entry] : entries_) stop_entry(entry, reason);
}

void RunningJobs::stop_late(Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  for (auto& [lease, entry] : entries_) {
    if (entry.deadline && now >= *entry.deadline) stop_entry(entry, StopReason::TimedOut);
  }
}

}  // namespace heaters::jobs

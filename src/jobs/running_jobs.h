#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "jobs/queue.h"

namespace heaters::jobs {

enum class StopReason { None, Cancelled, LeaseLost, TimedOut, Shutdown };

// The jobs that this node holds: claimed and waiting for a thread, running, or ended with their end not yet
// on disk. Thread-safe.
class RunningJobs {
 public:
  using Clock = std::chrono::steady_clock;

  struct Taken {
    Job job;
    std::stop_token stop;
  };

  void add(Job job, std::optional<std::chrono::milliseconds> timeout);

  // The next one to run; waits. nullopt after close().
  std::optional<Taken> take();
  void close();

  // Why the attempt was told to stop, if it was.
  StopReason stop_reason(const Lease& lease) const;
  // An end to be written by the dispatcher.
  void push_ending(Ending ending);
  std::vector<Ending> take_endings();
  // Endings that wait to be written.
  std::size_t ending_count() const;
  // Endings that could not be written yet.
  void put_back(std::vector<Ending> endings);
  // No longer held.
  void remove(const Lease& lease);
  // How many of the endings' jobs are of each queue.
  std::map<std::string, int> by_queue(std::span<const Ending> endings) const;

  int held(const std::string& queue) const;
  int held() const;
  // Jobs that wait for a thread, less the threads that wait for a job.
  int lacking_threads() const;
  std::vector<Lease> leases() const;

  void stop(const Lease& lease, StopReason reason);
  // Every attempt at the job.
  void stop_job(JobId id, StopReason reason);
  void stop_all(StopReason reason);
  void stop_late(Clock::time_point now);

 private:
  struct Entry {
    std::string queue;
    std::stop_source stop;
    StopReason reason = StopReason::None;
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<Clock::time_point> deadline;  // once it runs
  };
  void stop_entry(Entry& entry, StopReason reason);

  mutable std::mutex mutex_;
  std::condition_variable is_ready_;
  std::deque<Job> ready_;
  std::map<Lease, Entry> entries_;
  std::map<std::string, int> held_;
  std::vector<Ending> endings_;
  int waiting_threads_ = 0;
  bool is_closed_ = false;
};

}  // namespace heaters::jobs

#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <thread>

#include "app/local_worker.h"

namespace heaters::app {

// A worker on a thread of its own, for as long as the object lives.
class WorkerThread {
 public:
  // Borrows the home.
  WorkerThread(Home& home, const Config& config, const LocalWorker::Options& options);
  ~WorkerThread() { stop(); }

  const std::string& node() const { return worker_.node(); }
  // Throws what ended the worker, if anything did.
  void rethrow_failure() const;
  // Waits for what runs.
  void stop();

  // Of a command that waits for what it asked for: gives up jobs at once when it is stopped, and a database
  // that stays away.
  static LocalWorker::Options options_of_command(const Config& config);

 private:
  LocalWorker worker_;
  std::exception_ptr failure_;
  std::atomic<bool> has_failed_ = false;
  std::jthread thread_;
};

}  // namespace heaters::app

#include "app/worker_thread.h"

namespace heaters::app {

WorkerThread::WorkerThread(Home& home, const Config& config, const LocalWorker::Options& options)
    : worker_(home, config, options), thread_([this](const std::stop_token& stop) {
        try {
          worker_.run(stop);
        } catch (...) {
          failure_ = std::current_exception();
          has_failed_ = true;
        }
      }) {}

void WorkerThread::rethrow_failure() const {
  if (has_failed_) std::rethrow_exception(failure_);
}

void WorkerThread::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

LocalWorker::Options WorkerThread::options_of_command(const Config& config) {
  QueueSizes queues = config.queues;
  queues.embed = 0;  // it would be loaded, and stopped when the command ends
  return {
      .queues = queues, .idle_exit = {}, .shutdown_grace = std::chrono::milliseconds(0), .most_failures = 3};
}

}  // namespace heaters::app

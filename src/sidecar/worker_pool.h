#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "sidecar/worker_process.h"

namespace heaters::sidecar {

struct PoolOptions {
  std::vector<std::string> command;      // the worker's program and arguments
  std::vector<std::string> environment;  // all that it sees: "NAME=value"
  Json configuration = Json::object();   // sent once to each worker, before anything else
  int size = 2;
  // Callers that may wait for a worker; more are turned away.
  int most_waiting = 64;
  std::chrono::milliseconds start_timeout{60'000};
  // After a stop or a deadline a worker has so long to give up by itself before it is killed.
  std::chrono::milliseconds cancel_grace{3'000};
  // A worker is replaced after so many commands, or when it holds so much memory after one.
  int recycle_after = 200;
  std::uint64_t recycle_bytes = std::uint64_t{512} << 20;
  // One that grows beyond this is killed where it stands.
  std::uint64_t most_bytes = std::uint64_t{2} << 30;
  // Called with what each worker says about itself when it was started, on the thread of whoever needed it.
  std::function<void(const Json& hello)> on_hello;
};

struct Command {
  std::string task;
  Json arguments = Json::object();
  std::chrono::milliseconds deadline{std::chrono::hours(6)};
};

// Long-lived worker processes that commands are run in, one at a time each. They are started when they are
// first needed. docs/worker-protocol.md is what is spoken. Thread-safe.
class WorkerPool {
 public:
  // Called on the caller's thread with each "started", "progress" and "log" event of its command.
  using OnEvent = std::function<void(const Json& event)>;

  explicit WorkerPool(PoolOptions options);
  // Waits for the commands that run, and lets the workers end.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs the command in the next free worker and returns its result. Throws
  //   - the error that the task reported
  //   - Unavailable when the worker died, was killed (deadline, memory) or could not be started, or when too
  //     many wait already; the pool replaces the worker
  //   - Cancelled when `stop` was requested
  Json run(const Command& command, const OnEvent& on_event, const std::stop_token& stop);

  // What a worker says about itself: Python's version, and the tasks with theirs. Starts one if none runs.
  Json hello(const std::stop_token& stop);

  // Processes started so far.
  int started() const;

 private:
  struct Worker {
    std::unique_ptr<WorkerProcess> process;  // null: not started, or given up
    Json hello;
    int commands = 0;
    bool is_well = false;  // between commands
  };
  class Borrowed;
  class Conversation;

  std::unique_ptr<Worker> borrow(const std::stop_token& stop);
  void give_back(std::unique_ptr<Worker> worker);
  void start_if_needed(Worker& worker, const std::stop_token& stop);
  // The result, or the error that the task reported: the worker is well. What it throws is about the worker.
  std::variant<Json, Error> converse(Worker& worker, const Command& command, const OnEvent& on_event,
                                     const std::stop_token& stop) const;
  bool is_worn(const Worker& worker) const;

  PoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any is_free_;
  std::vector<std::unique_ptr<Worker>> free_;
  int borrowed_ = 0;
  int waiting_ = 0;
  int started_ = 0;
};

}  // namespace heaters::sidecar

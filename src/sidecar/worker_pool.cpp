#include "sidecar/worker_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "sidecar/stop_signal.h"

namespace heaters::sidecar {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int protocol_version = 1;
constexpr std::chrono::milliseconds memory_interval{500};
constexpr std::chrono::milliseconds finish_grace{2'000};
constexpr std::int64_t command_id = 1;  // one at a time

std::string text_of(const Json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Error reported_error(const Json& event) {
  std::optional<std::chrono::seconds> retry_after;
  if (const auto found = event.find("retry_after"); found != event.end() && found->is_number()) {
    retry_after = std::chrono::seconds(static_cast<std::int64_t>(found->get<double>()));
  }
  return {parse_error_kind(text_of(event, "kind")), text_of(event, "message"), retry_after};
}

}  // namespace

// A worker for the length of a command; goes back whatever happens.
class WorkerPool::Borrowed {
 public:
  Borrowed(WorkerPool& pool, const std::stop_token& stop) : pool_(pool), worker_(pool.borrow(stop)) {}
  ~Borrowed() { pool_.give_back(std::move(worker_)); }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  Worker& worker() { return *worker_; }

 private:
  WorkerPool& pool_;
  std::unique_ptr<Worker> worker_;
};

WorkerPool::WorkerPool(PoolOptions options) : options_(std::move(options)) {
  for (int i = 0; i < options_.size; ++i) free_.push_back(std::make_unique<Worker>());
}

WorkerPool::~WorkerPool() {
  std::unique_lock lock(mutex_);
  is_free_.wait(lock, [&] { return borrowed_ == 0; });
  for (const auto& worker : free_) {
    if (worker->process) worker->process->finish(finish_grace);
  }
}

std::unique_ptr<WorkerPool::Worker> WorkerPool::borrow(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (free_.empty() && waiting_ >= options_.most_waiting) {
    throw Error(ErrorKind::Unavailable, fmt::format("wait for a worker: {} wait already", waiting_));
  }
  ++waiting_;
  const bool is_there = is_free_.wait(lock, stop, [&] { return !free_.empty(); });
  --waiting_;
  if (!is_there) throw Error(ErrorKind::Cancelled, "wait for a worker: stopped");
  ++borrowed_;
  // The one that was used last: it is warm, and others may never have to be started.
  auto worker = std::move(free_.back());
  free_.pop_back();
  return worker;
}

void WorkerPool::give_back(std::unique_ptr<Worker> worker) {
  if (is_worn(*worker)) {
    log(LogLevel::Debug, "worker.recycled",
        {{"pid", worker->process->pid()},
         {"commands", worker->commands},
         {"bytes", worker->process->memory()}});
    worker->process->finish(finish_grace);
    worker->process.reset();
  }
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(worker));
  --borrowed_;
  is_free_.notify_all();
}

bool WorkerPool::is_worn(const Worker& worker) const {
  return worker.process &&
         (worker.commands >= options_.recycle_after || worker.process->memory() > options_.recycle_bytes);
}

void WorkerPool::start_if_needed(Worker& worker, const std::stop_token& stop) {
  if (worker.process && worker.process->is_running()) return;
  worker.is_well = false;
  {
    const std::lock_guard lock(mutex_);
    ++started_;
  }
  worker.commands = 0;
  worker.process = std::make_unique<WorkerProcess>(options_.command, options_.environment);
  worker.process->send({{"configure", options_.configuration}});
  const StopSignal stopped(stop);
  const auto hello = worker.process->receive(options_.start_timeout, stopped.fd());
  if (!hello && stop.stop_requested()) throw Error(ErrorKind::Cancelled, "start a worker: stopped");
  if (!hello) {
    throw Error(ErrorKind::Unavailable,
                fmt::format("start a worker: it said nothing for {:.0f} s",
                            std::chrono::duration<double>(options_.start_timeout).count()));
  }
  if (text_of(*hello, "event") != "hello" || hello->value("protocol", 0) != protocol_version) {
    throw Error(
        ErrorKind::Unavailable,
        fmt::format("start a worker: it does not speak version {} of the protocol", protocol_version));
  }
  worker.hello = *hello;
  if (options_.on_hello) options_.on_hello(worker.hello);
  worker.is_well = true;
  log(LogLevel::Debug, "worker.process_started",
      {{"pid", worker.process->pid()}, {"python", text_of(*hello, "python")}});
}

Json WorkerPool::run(const Command& command, const OnEvent& on_event, const std::stop_token& stop) {
  Borrowed borrowed(*this, stop);
  Worker& worker = borrowed.worker();
  try {
    start_if_needed(worker, stop);
    auto answer = converse(worker, command, on_event, stop);
    if (auto* result = std::get_if<Json>(&answer)) return std::move(*result);
    throw std::get<Error>(answer);
  } catch (...) {
    if (!worker.is_well) worker.process.reset();
    throw;
  }
}

// One conversation over a command, from its line to the last event about it.
class WorkerPool::Conversation {
 public:
  Conversation(const PoolOptions& options, WorkerProcess& process, const Command& command,
               const std::stop_token& stop)
      : options_(options),
        process_(process),
        stop_(stop),
        stopped_(stop),
        deadline_(Clock::now() + command.deadline) {
    process_.send({{"id", command_id}, {"task", command.task}, {"arguments", command.arguments}});
  }

  std::variant<Json, Error> run(const OnEvent& on_event) {
    while (true) {
      const auto event = process_.receive(time_to_wait(), failure_ ? -1 : stopped_.fd());
      if (event && event->value("id", std::int64_t{0}) == command_id) {
        const std::string kind = text_of(*event, "event");
        if (kind == "result") return failure_ ? std::variant<Json, Error>(*failure_) : result_of(*event);
        if (kind == "error") return failure_.value_or(reported_error(*event));
        if (on_event) on_event(*event);
      }
      look_at_time();
      look_at_memory();
    }
  }

 private:
  static Json result_of(const Json& event) {
    const auto found = event.find("result");
    return found == event.end() ? Json::object() : *found;
  }

  std::chrono::milliseconds time_to_wait() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    return std::clamp(left, std::chrono::milliseconds(0), memory_interval);
  }

  // Asks it to give the command up, and gives it some time to.
  void look_at_time() {
    const bool is_late = Clock::now() >= deadline_;
    if (failure_ && is_late) throw *failure_;
    if (failure_ || !(is_late || stop_.stop_requested())) return;
    failure_ = stop_.stop_requested()
                   ? Error(ErrorKind::Cancelled, "run a command in a worker: stopped")
                   : Error(ErrorKind::Unavailable, "run a command in a worker: it took longer than it may");
    deadline_ = Clock::now() + options_.cancel_grace;
    process_.send({{"cancel", command_id}});
  }

  void look_at_memory() {
    const auto now = Clock::now();
    if (now < next_look_) return;
    next_look_ = now + memory_interval;
    const std::uint64_t bytes = process_.memory();
    if (bytes <= options_.most_bytes) return;
    throw Error(ErrorKind::Unavailable,
                fmt::format("run a command in worker {}: killed, since it held {} MiB of memory",
                            process_.pid(), bytes >> 20));
  }

  const PoolOptions& options_;
  WorkerProcess& process_;
  const std::stop_token& stop_;
  StopSignal stopped_;
  Clock::time_point deadline_;
  Clock::time_point next_look_ = Clock::now() + memory_interval;
  std::optional<Error> failure_;  // that it is being given up for
};

std::variant<Json, Error> WorkerPool::converse(Worker& worker, const Command& command,
                                               const OnEvent& on_event, const std::stop_token& stop) const {
  // Whatever is thrown from here on leaves the worker in the middle of something.
  worker.is_well = false;
  ++worker.commands;
  auto answer = Conversation(options_, *worker.process, command, stop).run(on_event);
  worker.is_well = true;
  return answer;
}

Json WorkerPool::hello(const std::stop_token& stop) {
  Borrowed borrowed(*this, stop);
  Worker& worker = borrowed.worker();
  try {
    start_if_needed(worker, stop);
  } catch (...) {
    worker.process.reset();
    throw;
  }
  return worker.hello;
}

int WorkerPool::started() const {
  const std::lock_guard lock(mutex_);
  return started_;
}

}  // namespace heaters::sidecar

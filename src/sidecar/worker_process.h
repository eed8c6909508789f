#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "sidecar/line_reader.h"

namespace heaters::sidecar {

// A worker process and the two private pipes it is spoken to over: commands on its descriptor 3, events on 4,
// a JSON object per line (docs/worker-protocol.md). What it and its libraries print goes to the log at debug
// level, and cannot get between the events. It leads a process group of its own, which ends with the object,
// and it sees only the environment that it is given. Not thread-safe.
class WorkerProcess {
 public:
  // Throws Unavailable when it cannot be started.
  WorkerProcess(const std::vector<std::string>& command, const std::vector<std::string>& environment);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  pid_t pid() const { return pid_; }
  bool is_running() const;

  // Throws Unavailable when it does not take the line.
  void send(const Json& message);

  // The next event; nullopt when `timeout` passed or `wake_fd` (-1: none) became readable before. Throws
  // Unavailable when the process has ended, saying how and what it last printed, and when what came does not
  // keep to the protocol.
  std::optional<Json> receive(std::chrono::milliseconds timeout, int wake_fd);

  // Resident memory in bytes; 0 when it cannot be told.
  std::uint64_t memory() const;

  // Lets it end by itself, for as long as `grace`, by closing its commands.
  void finish(std::chrono::milliseconds grace);

 private:
  void read_output();
  std::optional<Json> next_event();
  [[noreturn]] void throw_ended();
  bool reap(bool waits);
  // The whole group. `is_ending`: its end was seen to come.
  void kill(bool is_ending = false);

  pid_t pid_ = -1;
  bool has_ended_ = false;
  int status_ = 0;  // of waitpid
  FileDescriptor commands_;
  FileDescriptor events_;
  FileDescriptor output_;
  LineReader lines_;
  std::string unfinished_line_;  // of what it prints
  std::string printed_;          // the end of it, redacted
};

}  // namespace heaters::sidecar

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>

#include "base/file.h"
#include "elastic/backend.h"

namespace heaters::elastic {

// Workers as child processes of this one, so that a codec that crashes or takes all memory ends a worker and
// not the server. They are asked to stop by SIGHUP, by the kernel too, perhaps more than once, when the
// thread that started them ends, as it does when the process is killed.
class ProcessBackend : public Backend {
 public:
  struct Options {
    // The program and its arguments, for a worker.
    std::function<std::vector<std::string>(const std::string& id)> command;
    std::string program;                      // its file; empty: the first of the command
    std::uint64_t most_bytes = 0;             // of resident memory, looked at by look(); 0: any
    std::chrono::milliseconds grace{20'000};  // of shut_down(), before children are killed
  };

  explicit ProcessBackend(Options options) : options_(std::move(options)) {}
  ~ProcessBackend() override { ProcessBackend::shut_down(); }
  ProcessBackend(const ProcessBackend&) = delete;
  ProcessBackend& operator=(const ProcessBackend&) = delete;

  std::optional<std::string> start(const std::string& id) override;  // "<host>:<process>"
  std::vector<Instance> look() override;
  void remove(const Instance& worker) override;
  bool runs_here() const override { return true; }
  void shut_down() override;

 private:
  struct Child {
    pid_t process;
    std::string killed_for;  // empty: not by us
  };

  void reap();

  const Options options_;
  std::map<std::string, Child> children_;
  std::vector<Instance> ended_;  // not told yet
};

}  // namespace heaters::elastic

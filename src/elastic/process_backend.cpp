#include "elastic/process_backend.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/host_name.h"
#include "base/process_usage.h"

namespace heaters::elastic {

namespace {

constexpr int exit_not_started = 127;

std::string cause_of(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return fmt::format("killed by signal {} ({})", signal,
                       signal == SIGKILL ? "out of memory, or by hand" : sigdescr_np(signal));
  }
  const int code = WEXITSTATUS(status);
  return code == 0 ? "ended" : fmt::format("ended with exit code {}", code);
}

std::string place_of(pid_t process) {
  return fmt::format("{}:{}", host_name(), process);
}

// Where memory is short the kernel should end a worker, not the server (proc(5), oom_score_adj).
void offer_to_the_oom_killer() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  constexpr std::string_view likely = "500";
  [[maybe_unused]] const ssize_t written = ::write(file, likely.data(), likely.size());
  ::close(file);
}

// What the child does; only what is safe between fork and exec.
[[noreturn]] void become(const char* program, char* const* arguments, pid_t parent) {
  // The kernel sends it for each thread of the parent that ends after the one that forked.
  ::prctl(PR_SET_PDEATHSIG, SIGHUP);
  if (::getppid() != parent) ::_exit(exit_not_started);
  // Ours may be ignored, as under nohup; this child's are not.
  ::signal(SIGHUP, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  // What the server says on its standard output is not for its workers to hold open.
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  offer_to_the_oom_killer();
  // Sockets that are listened on must not outlive the server.
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::execv(program, arguments);
  ::_exit(exit_not_started);
}

}  // namespace

std::optional<std::string> ProcessBackend::start(const std::string& id) {
  const std::vector<std::string> command = options_.command(id);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  const std::string& program = options_.program.empty() ? command.front() : options_.program;
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process < 0) throw system_error(errno, fmt::format("start worker {}", id));
  if (process == 0) become(program.c_str(), arguments.data(), parent);
  children_.emplace(id, Child{process, ""});
  return place_of(process);
}

void ProcessBackend::reap() {
  for (auto each = children_.begin(); each != children_.end();) {
    Child& child = each->second;
    int status = 0;
    if (::waitpid(child.process, &status, WNOHANG) == 0) {
      if (options_.most_bytes > 0 && child.killed_for.empty() &&
          resident_bytes(child.process) > options_.most_bytes) {
        child.killed_for =
            fmt::format("killed: it took more than {} MB of memory", options_.most_bytes / 1'000'000);
        ::kill(child.process, SIGKILL);
      }
      ++each;
      continue;
    }
    ended_.push_back({each->first, place_of(child.process), true,
                      child.killed_for.empty() ? cause_of(status) : child.killed_for});
    each = children_.erase(each);
  }
}

std::vector<Instance> ProcessBackend::look() {
  reap();
  std::vector<Instance> workers = std::exchange(ended_, {});
  for (const auto& [id, child] : children_) workers.push_back({id, place_of(child.process), false, ""});
  return workers;
}

void ProcessBackend::remove(const Instance& worker) {
  const auto found = children_.find(worker.id);
  if (found == children_.end()) return;
  if (found->second.killed_for.empty()) found->second.killed_for = "killed: it did not stop in time";
  ::kill(found->second.process, SIGKILL);
}

void ProcessBackend::shut_down() {
  using Clock = std::chrono::steady_clock;
  // Not SIGTERM, which it may have been sent with all of the group: that would be its second.
  for (const auto& [id, child] : children_) ::kill(child.process, SIGHUP);
  const auto deadline = Clock::now() + options_.grace;
  bool is_killed = false;
  for (reap(); !children_.empty(); reap()) {
    if (!is_killed && Clock::now() >= deadline) {
      for (auto& [id, child] : children_) {
        child.killed_for = "killed: it did not stop in time";
        ::kill(child.process, SIGKILL);
      }
      is_killed = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace heaters::elastic

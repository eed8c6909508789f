#include "sidecar/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "base/process_usage.h"
#include "base/redaction.h"
#include "base/utf8.h"

namespace heaters::sidecar {

namespace {

constexpr std::size_t most_line_bytes = std::size_t{4} << 20;
constexpr std::size_t kept_output = 2000;
constexpr std::size_t most_printed_line = std::size_t{64} << 10;
constexpr int first_private_fd = 16;  // above those that the child gets
constexpr int command_fd = 3;
constexpr int event_fd = 4;

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

// Out of the way of the numbers that the child's ends get.
Pipe out_of_the_way(const FileDescriptor& read_end, const FileDescriptor& write_end) {
  Pipe pipe{FileDescriptor(::fcntl(read_end.get(), F_DUPFD_CLOEXEC, first_private_fd)),
            FileDescriptor(::fcntl(write_end.get(), F_DUPFD_CLOEXEC, first_private_fd))};
  if (pipe.read_end.get() < 0 || pipe.write_end.get() < 0)
    throw system_error(errno, "make a pipe for a worker");
  return pipe;
}

Pipe make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw system_error(errno, "make a pipe for a worker");
  return out_of_the_way(FileDescriptor(fds[0]), FileDescriptor(fds[1]));
}

// A socket, since writing to it can be told not to raise SIGPIPE when the worker is gone.
Pipe make_command_pipe() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) {
    throw system_error(errno, "make a pipe for a worker");
  }
  return out_of_the_way(FileDescriptor(fds[0]), FileDescriptor(fds[1]));
}

void set_nonblocking(const FileDescriptor& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

std::vector<char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// posix_spawn's two structs.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    // Ours are blocked for the thread that watches signals, and SIGPIPE may be ignored.
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  void give(const FileDescriptor& fd, int number) {
    ::posix_spawn_file_actions_adddup2(&actions_, fd.get(), number);
  }
  void give_nothing(int number) {
    ::posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", O_RDONLY, 0);
  }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

WorkerProcess::WorkerProcess(const std::vector<std::string>& command,
                             const std::vector<std::string>& environment)
    : lines_(most_line_bytes) {
  Pipe commands = make_command_pipe();
  Pipe events = make_pipe();
  Pipe output = make_pipe();
  SpawnSettings settings;
  settings.give_nothing(STDIN_FILENO);
  settings.give(output.write_end, STDOUT_FILENO);
  settings.give(output.write_end, STDERR_FILENO);
  settings.give(commands.read_end, command_fd);
  settings.give(events.write_end, event_fd);
  const int code = ::posix_spawnp(&pid_, command.front().c_str(), settings.actions(), settings.attributes(),
                                  c_strings(command).data(), c_strings(environment).data());
  if (code != 0) {
    // Whoever looks after this machine can mend it: not the video's fault.
    throw Error(ErrorKind::Unavailable,
                system_error(code, fmt::format("start the worker \"{}\"", command.front())).what());
  }
  commands_ = std::move(commands.write_end);
  events_ = std::move(events.read_end);
  output_ = std::move(output.read_end);
  for (const FileDescriptor* fd : {&commands_, &events_, &output_}) set_nonblocking(*fd);
}

WorkerProcess::~WorkerProcess() {
  kill();
}

bool WorkerProcess::is_running() const {
  siginfo_t state{};
  if (has_ended_) return false;
  // Not reaped here: what it started is killed by the number of its group, which must stay taken.
  return ::waitid(P_PID, static_cast<id_t>(pid_), &state, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         state.si_pid == 0;
}

void WorkerProcess::send(const Json& message) {
  const std::string line = message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  // A worker that lives reads at once.
  constexpr int patience_ms = 10'000;
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t written = ::send(commands_.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (written > 0) {
      sent += static_cast<std::size_t>(written);
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN) throw_ended();
    pollfd wait{commands_.get(), POLLOUT, 0};
    if (::poll(&wait, 1, patience_ms) == 0) {
      throw Error(ErrorKind::Unavailable, fmt::format("talk to worker {}: it does not listen", pid_));
    }
  }
}

std::optional<Json> WorkerProcess::next_event() {
  std::optional<std::string> line;
  try {
    line = lines_.next();
  } catch (const Error& error) {
    throw Error(ErrorKind::Unavailable, fmt::format("talk to worker {}: {}", pid_, error.what()));
  }
  if (!line) return std::nullopt;
  Json event = Json::parse(*line, nullptr, false);
  if (!event.is_object()) {
    throw Error(ErrorKind::Unavailable,
                fmt::format("talk to worker {}: what it says is no JSON object", pid_));
  }
  return event;
}

std::optional<Json> WorkerProcess::receive(std::chrono::milliseconds timeout, int wake_fd) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    if (auto event = next_event()) return event;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() < 0) return std::nullopt;
    std::array<pollfd, 3> waits = {pollfd{events_.get(), POLLIN, 0}, pollfd{output_.get(), POLLIN, 0},
                                   pollfd{wake_fd, POLLIN, 0}};
    if (::poll(waits.data(), waits.size(), static_cast<int>(left.count())) <= 0) continue;
    if (waits[1].revents != 0) read_output();
    if (waits[0].revents != 0) {
      std::array<char, 65536> buffer{};
      const ssize_t got = ::read(events_.get(), buffer.data(), buffer.size());
      if (got > 0) lines_.append(std::span(buffer).first(static_cast<std::size_t>(got)));
      if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) throw_ended();
    } else if (waits[2].revents != 0) {
      return std::nullopt;
    }
  }
}

void WorkerProcess::read_output() {
  std::array<char, 4096> buffer{};
  const ssize_t got = ::read(output_.get(), buffer.data(), buffer.size());
  if (got == 0) output_ = FileDescriptor();  // closed, and poll skips a descriptor of -1
  if (got > 0) unfinished_line_.append(buffer.data(), static_cast<std::size_t>(got));
  // By the line: a secret that is cut in two would not be known.
  const bool is_over = got == 0 || unfinished_line_.size() > most_printed_line;
  const auto end = is_over ? unfinished_line_.size() : unfinished_line_.rfind('\n') + 1;
  if (end == 0) return;
  const std::string lines = redacted(valid_utf8(unfinished_line_.substr(0, end)));
  unfinished_line_.erase(0, end);
  log(LogLevel::Debug, "worker.printed", {{"pid", pid_}, {"text", lines}});
  printed_.append(lines);
  if (printed_.size() > kept_output) printed_.erase(0, printed_.size() - kept_output);
}

void WorkerProcess::throw_ended() {
  while (output_.get() >= 0) {
    pollfd wait{output_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 0) <= 0) break;
    read_output();
  }
  kill(true);
  const std::string how = WIFSIGNALED(status_) ? fmt::format("signal {}", WTERMSIG(status_))
                                               : fmt::format("exit code {}", WEXITSTATUS(status_));
  throw Error(ErrorKind::Unavailable, fmt::format("talk to worker {}: it has ended ({}){}{}", pid_, how,
                                                  printed_.empty() ? "" : ": ", valid_utf8(printed_)));
}

std::uint64_t WorkerProcess::memory() const {
  return resident_bytes(pid_);
}

bool WorkerProcess::reap(bool waits) {
  while (!has_ended_) {
    const pid_t found = ::waitpid(pid_, &status_, waits ? 0 : WNOHANG);
    if (found < 0 && errno == EINTR) continue;
    if (found == 0) return false;
    has_ended_ = true;
  }
  return true;
}

void WorkerProcess::finish(std::chrono::milliseconds grace) {
  commands_ = FileDescriptor();
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (!reap(false) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  kill();
}

void WorkerProcess::kill(bool is_ending) {
  if (pid_ < 0) return;
  // What it started, too, and before the leader is reaped: until then the number is the group's.
  if (!has_ended_) {
    constexpr int moments = 20;  // one that is just ending tells more by its own exit code
    for (int i = 0; i < moments && is_ending && is_running(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ::kill(-pid_, SIGKILL);
    reap(true);
  }
}

}  // namespace heaters::sidecar

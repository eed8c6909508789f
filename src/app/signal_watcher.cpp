#include "app/signal_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>

#include "base/error.h"

namespace heaters::app {

namespace {

constexpr int exit_interrupted = 130;

// Not those that whoever started us wants to be ignored, as nohup does.
sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action{};
    if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_IGN) sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

SignalWatcher::SignalWatcher() {
  const sigset_t watched = watched_signals();
  pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  // A file larger than the user's limit is an error to report, as a full disk is, not a reason to die.
  std::signal(SIGXFSZ, SIG_IGN);
  signals_ = FileDescriptor(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  ending_ = FileDescriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (signals_.get() < 0 || ending_.get() < 0) throw system_error(errno, "watch for signals");
  thread_ = std::jthread([this] { watch(); });
}

SignalWatcher::~SignalWatcher() {
  ::eventfd_write(ending_.get(), 1);
}

void SignalWatcher::watch() {
  std::array<pollfd, 2> waiting = {{{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                    {.fd = ending_.get(), .events = POLLIN, .revents = 0}}};
  std::chrono::steady_clock::time_point first;
  for (;;) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    signalfd_siginfo signal{};
    if (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
      const auto now = std::chrono::steady_clock::now();
      if (stop_.request_stop()) {
        first = now;
      } else if (signal.ssi_signo != SIGHUP && now - first >= std::chrono::seconds(1)) {
        std::_Exit(exit_interrupted);
      }
    }
    if (waiting[1].revents != 0) return;
  }
}

}  // namespace heaters::app

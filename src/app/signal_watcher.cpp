#include "app/signal_watcher.h"

#include <csignal>
#include <cstdlib>
#include <ctime>

namespace heaters::app {

namespace {

constexpr int exit_interrupted = 130;

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

SignalWatcher::SignalWatcher() {
  const sigset_t watched = watched_signals();
  pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  // A file larger than the user's limit is an error to report, as a full disk is, not a reason to die.
  std::signal(SIGXFSZ, SIG_IGN);
  thread_ = std::jthread([watched, stop = stop_](const std::stop_token& ending) mutable {
    constexpr timespec tenth{0, 100'000'000};
    while (!ending.stop_requested()) {
      if (sigtimedwait(&watched, nullptr, &tenth) < 0) continue;
      if (!stop.request_stop()) std::_Exit(exit_interrupted);
    }
  });
}

}  // namespace heaters::app

#pragma once

#include <stop_token>
#include <thread>

namespace heaters::app {

// Turns SIGINT, SIGTERM and SIGHUP into a stop request; a second one ends the process at once. Make it before
// any other thread is started: threads inherit the blocked signals.
class SignalWatcher {
 public:
  SignalWatcher();
  std::stop_token token() const { return stop_.get_token(); }

 private:
  std::stop_source stop_;
  std::jthread thread_;
};

}  // namespace heaters::app

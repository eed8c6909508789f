#pragma once

#include <stop_token>
#include <thread>

#include "base/file.h"

namespace heaters::app {

// Turns SIGINT, SIGTERM and SIGHUP into a stop request. Another one, a second later or more, ends the
// process at once: whoever stops a group of processes and then each of them means it once. SIGHUP never does;
// it comes when whoever started it is gone, several times when that had threads. Make it before any other
// thread is started: threads inherit the blocked signals.
class SignalWatcher {
 public:
  SignalWatcher();
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void watch();

  std::stop_source stop_;
  FileDescriptor signals_;
  FileDescriptor ending_;
  std::jthread thread_;
};

}  // namespace heaters::app

#pragma once

#include <stop_token>

#include "base/file.h"

namespace heaters::sidecar {

// A stop request as a descriptor that becomes readable, for poll.
class StopSignal {
 public:
  explicit StopSignal(const std::stop_token& stop);

  int fd() const { return fd_.get(); }

 private:
  struct Notify {
    int fd;
    void operator()() const noexcept;
  };

  FileDescriptor fd_;
  std::stop_callback<Notify> callback_;
};

}  // namespace heaters::sidecar

#include "base/process_usage.h"

#include <sys/resource.h>

#include "base/check.h"

namespace heaters {

namespace {
double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}
}  // namespace

ProcessUsage process_usage() {
  rusage usage{};
  HEATERS_CHECK(::getrusage(RUSAGE_SELF, &usage) == 0);
  return {seconds(usage.ru_utime) + seconds(usage.ru_stime), usage.ru_maxrss * 1024};
}

}  // namespace heaters

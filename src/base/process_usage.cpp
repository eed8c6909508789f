#include "base/process_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

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

std::uint64_t machine_memory() {
  const std::uint64_t all = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                            static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  // In a container the group is the root of what is seen. "max" is no number: nothing is read.
  std::ifstream limit("/sys/fs/cgroup/memory.max");
  std::uint64_t allowed = 0;
  return limit >> allowed && allowed > 0 ? std::min(all, allowed) : all;
}

std::uint64_t resident_bytes(int process) {
  std::ifstream statm("/proc/" + std::to_string(process) + "/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace heaters

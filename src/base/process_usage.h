#pragma once

#include <cstdint>

namespace heaters {

// What this process has used so far, all threads and libraries included (getrusage).
struct ProcessUsage {
  double cpu_seconds = 0;
  std::int64_t peak_memory_bytes = 0;
};

ProcessUsage process_usage();

// That processes here may use together, in bytes: the machine's, or what its control group allows (cgroup
// v2).
std::uint64_t machine_memory();

// What a process holds in memory now (proc(5), statm); 0 when there is none of that number.
std::uint64_t resident_bytes(int process);

}  // namespace heaters

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/file_lock.h"

namespace heaters::jobs {

// A name for this worker process that no other process ever has: "heaters@<host>.<pid>.<random>".
std::string new_node_name();

// The nodes of this machine that share a folder. Each holds a lock on a file named after it, so that the
// death of one is seen by the others at once, without waiting for its heartbeat to be missed. Safe for
// several processes.
class LocalNodes {
 public:
  // Creates the folder.
  explicit LocalNodes(std::filesystem::path folder);

  // Announces a node for as long as the lock is kept.
  FileLock hold(const std::string& node) const;

  // Those that were announced here and died without taking their file away. Forgets them.
  std::vector<std::string> reap() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace heaters::jobs

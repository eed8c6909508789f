#include "jobs/node.h"

#include <unistd.h>

#include "base/host_name.h"
#include "base/id.h"

namespace heaters::jobs {

std::string new_node_name() {
  std::string host = host_name();
  for (char& c : host) {
    const bool is_safe =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!is_safe) c = '-';
  }
  return "heaters@" + host + "." + std::to_string(::getpid()) + "." + new_ulid().substr(18);
}

LocalNodes::LocalNodes(std::filesystem::path folder) : folder_(std::move(folder)) {
  create_folder(folder_);
}

FileLock LocalNodes::hold(const std::string& node) const {
  return FileLock::wait_for_file(folder_ / node);
}

std::vector<std::string> LocalNodes::reap() const {
  std::vector<std::string> dead;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    // Taking the lock of a dead one and giving it back removes the file.
    if (name.starts_with("heaters@") && FileLock::try_file(entry.path())) dead.push_back(name);
  }
  return dead;
}

}  // namespace heaters::jobs

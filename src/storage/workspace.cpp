#include "storage/workspace.h"

#include <fmt/format.h>

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"

namespace heaters::storage {

namespace fs = std::filesystem;

namespace {

fs::path videos_of(const fs::path& root) {
  return root / "videos";
}
fs::path locks_of(const fs::path& root) {
  return root / "locks";
}

}  // namespace

Workspace::Workspace(fs::path root) : root_(std::move(root)) {
  create_folder(videos_of(root_));
  create_folder(locks_of(root_));
}

WorkspaceFolder Workspace::open(const std::string& video_id) {
  const fs::path path = videos_of(root_) / video_id;
  // Between its creation and its lock a reaper may take the folder for a dead one.
  constexpr int most_tries = 100;
  for (int i = 0; i < most_tries; ++i) {
    create_folder(path);
    if (auto lock = FileLock::try_folder(path)) return {path, std::move(*lock)};
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  throw Error(ErrorKind::Unavailable, fmt::format("lock the folder \"{}\"", path.string()));
}

void Workspace::reap(const std::function<void(const std::string& video_id)>& clean_up) {
  for (const auto& entry : fs::directory_iterator(videos_of(root_))) {
    const std::string name = entry.path().filename().string();
    if (!is_ulid(name)) continue;
    auto lock = FileLock::try_folder(entry.path());
    if (!lock) continue;
    clean_up(name);
    std::error_code ignored;
    fs::remove_all(entry.path(), ignored);
  }
  // A lock file that can be taken is nobody's, and taking it removes it.
  for (const auto& entry : fs::directory_iterator(locks_of(root_))) FileLock::try_file(entry.path());
}

FileLock Workspace::lock_source(const std::string& sha256, const std::function<void()>& on_wait) {
  return FileLock::wait_for_file(locks_of(root_) / sha256, on_wait);
}

WorkspaceFolder::WorkspaceFolder(fs::path path, FileLock lock)
    : path_(std::move(path)), lock_(std::move(lock)) {}

WorkspaceFolder::WorkspaceFolder(WorkspaceFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)), keeps_(other.keeps_) {}

WorkspaceFolder::~WorkspaceFolder() {
  std::error_code ignored;
  if (!path_.empty() && !keeps_) fs::remove_all(path_, ignored);
}

}  // namespace heaters::storage

#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/file_lock.h"

namespace heaters::storage {

class WorkspaceFolder;

// Scratch space on this machine, one folder per video in work. A folder is locked by the process that works
// in it; a folder that nobody locks is what a killed process left, and its name tells whose leavings those
// are. So a video that is being made needs no row in the catalog before it is whole. Safe for several
// processes.
class Workspace {
 public:
  // Creates the folder.
  explicit Workspace(std::filesystem::path root);

  // A new folder for the video, locked.
  WorkspaceFolder open(const std::string& video_id);

  // Of videos that a killed process was working on: calls `clean_up` with the id, then removes the folder.
  // Removes the lock files of killed processes too.
  void reap(const std::function<void(const std::string& video_id)>& clean_up);

  // Waits until no other process works on the same source bytes. `on_wait` as in FileLock.
  FileLock lock_source(const std::string& sha256, const std::function<void()>& on_wait);

 private:
  std::filesystem::path root_;
};

// Removed with everything in it when the object dies.
class WorkspaceFolder {
 public:
  ~WorkspaceFolder();
  WorkspaceFolder(WorkspaceFolder&& other) noexcept;
  WorkspaceFolder& operator=(WorkspaceFolder&&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Leaves the folder behind, as a kill would: what could not be cleaned up is then found by the next reap().
  void keep() { keeps_ = true; }

 private:
  friend class Workspace;
  WorkspaceFolder(std::filesystem::path path, FileLock lock);

  std::filesystem::path path_;
  FileLock lock_;
  bool keeps_ = false;
};

}  // namespace heaters::storage

#pragma once

#include <filesystem>
#include <optional>

#include "base/file.h"

namespace heaters {

// An exclusive lock between processes (flock) on a file or folder, released with the object or with the process,
// however that ends. Locks taken by one process exclude each other too.
class FileLock {
 public:
  // Waits. `path` is created as an empty file when it does not exist, and may vanish while waiting: then the lock is
  // on the one that took its place. With `on_wait`, called about ten times a second while waiting; may throw.
  static FileLock wait_for_file(const std::filesystem::path& path, const std::function<void()>& on_wait = {});

  // The lock on an existing folder; nullopt when another holds it or the folder is gone.
  static std::optional<FileLock> try_folder(const std::filesystem::path& path);

  // Removes the locked file before letting go, so that lock files do not pile up.
  void remove_file();

 private:
  FileLock(FileDescriptor file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  bool is_still_at_path() const;

  FileDescriptor file_;
  std::filesystem::path path_;
};

}  // namespace heaters

#pragma once

#include <filesystem>
#include <optional>

#include "base/file.h"

namespace heaters {

// An exclusive lock between processes (flock) on a file or folder, released with the object or with the
// process, however that ends. Locks taken by one process exclude each other too. Move-only.
class FileLock {
 public:
  // Waits. `path` is created as an empty file when it does not exist and removed again with the lock, so that
  // lock files do not pile up. `on_wait` is called about ten times a second while waiting and may throw.
  static FileLock wait_for_file(const std::filesystem::path& path, const std::function<void()>& on_wait = {});

  // The same without waiting: nullopt when another holds it.
  static std::optional<FileLock> try_file(const std::filesystem::path& path);

  // The lock on an existing folder; nullopt when another holds it or the folder is gone.
  static std::optional<FileLock> try_folder(const std::filesystem::path& path);

  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  FileLock(FileDescriptor file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)) {}
  // Whether the lock was taken on what is at the path now: the holder before may have removed its file
  // meanwhile.
  bool try_take(const std::string& attempt);

  FileDescriptor file_;
  std::filesystem::path path_;
  bool removes_file_ = false;
};

}  // namespace heaters

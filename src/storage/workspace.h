#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file_lock.h"
#include "storage/store.h"

namespace heaters::storage {

class WorkspaceFolder;

// Scratch space on this machine: a folder per video in work, which is handed from stage to stage, and a cache
// of stored objects. A folder is locked by the process that works in it. What is in folders is nowhere else
// yet and is never evicted; the cache gives way, least recently used first, when all of it together is more
// than the budget. Safe for several processes and threads.
class Workspace {
 public:
  // Creates the folder.
  Workspace(std::filesystem::path root, std::uint64_t budget_bytes);

  // The folder of a video, made when there is none, locked; nullopt while another attempt works in it.
  std::optional<WorkspaceFolder> try_open(const std::string& video_id);

  // Removes the folders that nobody works in and nobody wants. Returns how many.
  int reap(const std::function<bool(const std::string& video_id)>& is_wanted);

  // A stored object as a local file: the store's own, or one in `folder`, from the cache where it is there.
  // Throws Corrupt when its digest is not the expected one.
  std::filesystem::path fetch(Store& store, const std::string& key, const FileDigest& expected,
                              const WorkspaceFolder& folder);

  // The bytes of a small object, from the cache where it is there.
  std::vector<std::byte> read(Store& store, const std::string& key) const;

  // The object as a file of this machine, where that costs nothing: the store's own, or the cache's.
  std::optional<std::filesystem::path> find(const Store& store, const std::string& key) const;

  // Moves a file that has been put into the cache, so that it need not be fetched.
  void keep(const std::string& key, const std::filesystem::path& file);

  // Where uploads in parts are noted.
  std::filesystem::path upload_notes() const { return root_ / "uploads"; }

  std::uint64_t used_bytes() const;
  std::uint64_t budget_bytes() const { return budget_bytes_; }
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path cached(const std::string& key) const;
  void trim();

  std::filesystem::path root_;
  std::uint64_t budget_bytes_;
};

// Stays when the object dies, for the next stage, unless it was discarded.
class WorkspaceFolder {
 public:
  const std::filesystem::path& path() const { return path_; }

  // Removes it with everything in it.
  void discard();

 private:
  friend class Workspace;
  WorkspaceFolder(std::filesystem::path path, FileLock lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  FileLock lock_;
};

}  // namespace heaters::storage

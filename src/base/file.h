#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace heaters {

// An open file descriptor, closed with the object. Move-only.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  int get() const { return fd_; }

 private:
  int fd_;
};

// Every function here throws Error (system_error) naming the path. Sizes are bytes.

// Opens for reading what must be a regular file: a directory, device or pipe is InvalidInput.
FileDescriptor open_regular_file(const std::filesystem::path& path);

std::uint64_t file_size(const FileDescriptor& file, const std::filesystem::path& path);

// Fills `buffer` from `offset` as far as the file reaches; returns how many bytes that was.
std::size_t read_at(const FileDescriptor& file, std::span<std::byte> buffer, std::uint64_t offset,
                    const std::filesystem::path& path);

// Writes all the bytes where the file stands.
void write_all(const FileDescriptor& file, std::span<const std::byte> bytes,
               const std::filesystem::path& path);

// Whole files, for artifacts that fit in memory.
std::vector<std::byte> read_file(const std::filesystem::path& path);
std::string read_text_file(const std::filesystem::path& path);

// Writes the bytes to `path`, replacing what was there. Not atomic: for workspace files.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_text_file(const std::filesystem::path& path, std::string_view text);

// Size and SHA-256 of a file's content.
struct FileDigest {
  std::uint64_t bytes = 0;
  std::string sha256;
  bool operator==(const FileDigest&) const = default;
};

// Called between chunks of a long read with the bytes done so far; may throw to stop.
using ByteProgress = std::function<void(std::uint64_t bytes_done)>;

FileDigest digest_file(const std::filesystem::path& path, const ByteProgress& on_progress = {});

// Makes `to` a copy of `from` that survives a crash under its final name or not at all: written to a
// temporary name in the same folder, synced, renamed; on failure nothing is left. Shares the blocks (FICLONE)
// where the file system can, copies them otherwise. Returns the digest of what was written.
FileDigest copy_file_durably(const std::filesystem::path& from, const std::filesystem::path& to,
                             const ByteProgress& on_progress = {});

// Creates a folder and those above it, where they do not exist.
void create_folder(const std::filesystem::path& directory);

// Makes the entries of a folder durable.
void sync_directory(const std::filesystem::path& directory);

struct FileEntry {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::uint64_t links = 1;  // names that it has
  UtcTime modified;
};

// The regular files below a folder, at any depth. Files and folders may come and go meanwhile.
std::vector<FileEntry> files_below(const std::filesystem::path& directory);

// Removes the folder and those above it as far as they are empty, up to `root`, which stays.
void remove_empty_folders(const std::filesystem::path& directory, const std::filesystem::path& root);

// A new folder below `parent` that is removed with everything in it when the object dies.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace heaters

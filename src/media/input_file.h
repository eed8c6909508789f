#pragma once

#include <filesystem>
#include <stop_token>

#include "base/file.h"
#include "media/av.h"

namespace heaters::media {

// libav's view of one local file, read through our own descriptor: whatever the file's content says, no other
// file and no address can be opened through it. The read callback fails with AVERROR_EXIT once a stop is
// requested. Must outlive the AVFormatContext that reads from it. Not thread-safe.
class InputFile {
 public:
  // Throws when `path` is not a readable, non-empty regular file.
  InputFile(std::filesystem::path path, std::stop_token stop);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  AVIOContext* io() { return io_.get(); }
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t bytes() const { return bytes_; }
  const FileDescriptor& file() const { return file_; }
  // errno of a read that the system refused; 0 when all went well.
  int read_error() const { return read_error_; }

 private:
  static int read(void* opaque, std::uint8_t* buffer, int capacity) noexcept;
  static std::int64_t seek(void* opaque, std::int64_t offset, int whence) noexcept;

  std::filesystem::path path_;
  std::stop_token stop_;
  FileDescriptor file_;
  std::uint64_t bytes_;
  std::int64_t position_ = 0;
  int read_error_ = 0;
  UniqueIo io_;
};

}  // namespace heaters::media

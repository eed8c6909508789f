#pragma once

#include <filesystem>
#include <stop_token>

#include "base/file.h"
#include "media/av.h"

namespace heaters::media {

// libav's view of one local file or of a stream that comes through a pipe, read through our own descriptor:
// whatever its content says, no other file and no address can be opened through it. Reading a file fails
// with AVERROR_EXIT once a stop is requested. Must outlive the AVFormatContext that reads from it. Not
// thread-safe.
class InputFile {
 public:
  // Throws when `path` is not a readable, non-empty regular file.
  InputFile(std::filesystem::path path, std::stop_token stop);
  // A pipe, terminal or socket, called `name` in messages: read on to its end, which a stop is too,
  // never back.
  InputFile(FileDescriptor stream, std::string name, std::stop_token stop);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  AVIOContext* io() { return io_.get(); }
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t bytes() const { return bytes_; }  // 0 of a stream
  const FileDescriptor& file() const { return file_; }
  // errno of a read that the system refused; 0 when all went well.
  int read_error() const { return read_error_; }

 private:
  void make_io(bool can_seek);
  static int read(void* opaque, std::uint8_t* buffer, int capacity) noexcept;
  static int read_stream(void* opaque, std::uint8_t* buffer, int capacity) noexcept;
  static std::int64_t seek(void* opaque, std::int64_t offset, int whence) noexcept;

  std::filesystem::path path_;
  std::stop_token stop_;
  FileDescriptor file_;
  std::uint64_t bytes_ = 0;
  std::int64_t position_ = 0;
  int read_error_ = 0;
  UniqueIo io_;
};

}  // namespace heaters::media

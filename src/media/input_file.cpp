#include "media/input_file.h"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>
#include <new>

#include <cerrno>
#include <cstdio>

#include "base/check.h"

namespace heaters::media {

namespace {
constexpr int buffer_bytes = 256 << 10;
}

InputFile::InputFile(std::filesystem::path path, std::stop_token stop)
    : path_(std::move(path)),
      stop_(std::move(stop)),
      file_(open_regular_file(path_)),
      bytes_(file_size(file_, path_)) {
  if (bytes_ == 0)
    throw Error(ErrorKind::InvalidInput, fmt::format("read \"{}\": the file is empty", path_.string()));
  make_io(true);
}

InputFile::InputFile(FileDescriptor stream, std::string name, std::stop_token stop)
    : path_(std::move(name)), stop_(std::move(stop)), file_(std::move(stream)) {
  make_io(false);
}

void InputFile::make_io(bool can_seek) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_bytes));
  if (buffer == nullptr) throw std::bad_alloc();
  io_.reset(avio_alloc_context(buffer, buffer_bytes, 0, this,
                               can_seek ? &InputFile::read : &InputFile::read_stream, nullptr,
                               can_seek ? &InputFile::seek : nullptr));
  if (io_ == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

int InputFile::read(void* opaque, std::uint8_t* buffer, int capacity) noexcept {
  auto& self = *static_cast<InputFile*>(opaque);
  if (self.stop_.stop_requested()) return AVERROR_EXIT;
  for (;;) {
    const ssize_t count =
        ::pread(self.file_.get(), buffer, static_cast<std::size_t>(capacity), self.position_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return AVERROR(self.read_error_ = errno);
    if (count == 0) return AVERROR_EOF;
    self.position_ += count;
    return static_cast<int>(count);
  }
}

// Waits for bytes; a stop is the end of the stream.
int InputFile::read_stream(void* opaque, std::uint8_t* buffer, int capacity) noexcept {
  auto& self = *static_cast<InputFile*>(opaque);
  constexpr int wait_milliseconds = 200;
  for (;;) {
    if (self.stop_.stop_requested()) return AVERROR_EOF;
    pollfd waiting{self.file_.get(), POLLIN, 0};
    const int ready = ::poll(&waiting, 1, wait_milliseconds);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t count =
        ready < 0 ? -1 : ::read(self.file_.get(), buffer, static_cast<std::size_t>(capacity));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return AVERROR(self.read_error_ = errno);
    if (count == 0) return AVERROR_EOF;
    return static_cast<int>(count);
  }
}

std::int64_t InputFile::seek(void* opaque, std::int64_t offset, int whence) noexcept {
  auto& self = *static_cast<InputFile*>(opaque);
  const auto size = static_cast<std::int64_t>(self.bytes_);
  std::int64_t target = 0;
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return size;
    case SEEK_SET:
      target = offset;
      break;
    case SEEK_CUR:
      target = self.position_ + offset;
      break;
    case SEEK_END:
      target = size + offset;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (target < 0) return AVERROR(EINVAL);
  return self.position_ = target;
}

}  // namespace heaters::media

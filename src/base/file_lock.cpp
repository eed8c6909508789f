#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/error.h"

namespace heaters {

FileLock FileLock::wait_for_file(const std::filesystem::path& path, const std::function<void()>& on_wait) {
  for (;;) {
    if (auto lock = try_file(path)) return std::move(*lock);
    if (on_wait) on_wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

std::optional<FileLock> FileLock::try_file(const std::filesystem::path& path) {
  const std::string attempt = fmt::format("lock \"{}\"", path.string());
  FileLock lock(FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)), path);
  if (lock.file_.get() < 0) throw system_error(errno, attempt);
  if (!lock.try_take(attempt)) return std::nullopt;
  lock.removes_file_ = true;
  return lock;
}

std::optional<FileLock> FileLock::try_folder(const std::filesystem::path& path) {
  const std::string attempt = fmt::format("lock \"{}\"", path.string());
  FileLock lock(FileDescriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), path);
  if (lock.file_.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw system_error(errno, attempt);
  }
  if (!lock.try_take(attempt)) return std::nullopt;
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept
    : file_(std::move(other.file_)),
      path_(std::move(other.path_)),
      removes_file_(std::exchange(other.removes_file_, false)) {}

FileLock::~FileLock() {
  // Before letting go: afterwards it may be another's.
  if (removes_file_) ::unlink(path_.c_str());
}

bool FileLock::try_take(const std::string& attempt) {
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EINTR) return false;
    throw system_error(errno, attempt);
  }
  struct stat of_file{};
  struct stat of_path{};
  return ::fstat(file_.get(), &of_file) == 0 && ::stat(path_.c_str(), &of_path) == 0 &&
         of_file.st_ino == of_path.st_ino && of_file.st_dev == of_path.st_dev;
}

}  // namespace heaters

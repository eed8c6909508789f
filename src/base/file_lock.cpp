#include "base/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.h"

namespace heaters {

FileLock FileLock::wait_for_file(const std::filesystem::path& path, const std::function<void()>& on_wait) {
  const std::string attempt = fmt::format("lock \"{}\"", path.string());
  for (;;) {
    FileLock lock(FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)), path);
    if (lock.file_.get() < 0) throw system_error(errno, attempt);
    while (::flock(lock.file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) throw system_error(errno, attempt);
      if (on_wait) on_wait();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    if (lock.is_still_at_path()) return lock;
  }
}

std::optional<FileLock> FileLock::try_folder(const std::filesystem::path& path) {
  const std::string attempt = fmt::format("lock \"{}\"", path.string());
  FileLock lock(FileDescriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), path);
  if (lock.file_.get() < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw system_error(errno, attempt);
  }
  if (::flock(lock.file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EINTR) return std::nullopt;
    throw system_error(errno, attempt);
  }
  if (!lock.is_still_at_path()) return std::nullopt;
  return lock;
}

void FileLock::remove_file() { ::unlink(path_.c_str()); }

bool FileLock::is_still_at_path() const {
  struct stat of_file {};
  struct stat of_path {};
  return ::fstat(file_.get(), &of_file) == 0 && ::stat(path_.c_str(), &of_path) == 0 &&
         of_file.st_ino == of_path.st_ino && of_file.st_dev == of_path.st_dev;
}

}  // namespace heaters

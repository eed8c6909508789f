#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "base/digest.h"
#include "base/error.h"
#include "base/id.h"

namespace heaters {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t chunk_bytes = std::size_t{1} << 20;

std::string attempt(std::string_view verb, const fs::path& path) {
  return fmt::format("{} \"{}\"", verb, path.string());
}

FileDescriptor open_or_throw(const fs::path& path, int flags, mode_t mode = 0644) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) throw system_error(errno, attempt("open", path));
  return FileDescriptor(fd);
}

void sync(const FileDescriptor& file, const fs::path& path) {
  if (::fsync(file.get()) != 0) throw system_error(errno, attempt("sync", path));
}

// Reads the whole file in chunks.
template <typename Consume>
FileDigest read_through(const FileDescriptor& file, const fs::path& path, const ByteProgress& on_progress,
                        Consume consume) {
  std::vector<std::byte> buffer(chunk_bytes);
  Digest sha(DigestKind::Sha256);
  std::uint64_t offset = 0;
  while (const std::size_t count = read_at(file, buffer, offset, path)) {
    const auto chunk = std::span(buffer).first(count);
    consume(chunk);
    sha.update(chunk);
    offset += count;
    if (on_progress) on_progress(offset);
  }
  return {offset, sha.finish_hex()};
}

// Removes a half-written file unless told that it became whole.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const fs::path& path() const { return path_; }

  void rename_to(const fs::path& final_path) {
    if (::rename(path_.c_str(), final_path.c_str()) != 0) {
      throw system_error(errno, attempt("rename into", final_path));
    }
    path_.clear();
  }

 private:
  fs::path path_;
};

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileDescriptor open_regular_file(const fs::path& path) {
  // O_NONBLOCK: opening a named pipe must not wait for a writer before we can refuse it.
  FileDescriptor file = open_or_throw(path, O_RDONLY | O_NONBLOCK);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) throw system_error(errno, attempt("stat", path));
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::InvalidInput, attempt("open", path) + ": not a regular file");
  }
  return file;
}

std::uint64_t file_size(const FileDescriptor& file, const fs::path& path) {
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) throw system_error(errno, attempt("stat", path));
  return static_cast<std::uint64_t>(status.st_size);
}

std::size_t read_at(const FileDescriptor& file, std::span<std::byte> buffer, std::uint64_t offset,
                    const fs::path& path) {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t count =
        ::pread(file.get(), buffer.data() + done, buffer.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(errno, attempt("read", path));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::vector<std::byte> read_file(const fs::path& path) {
  const FileDescriptor file = open_regular_file(path);
  std::vector<std::byte> bytes(file_size(file, path));
  bytes.resize(read_at(file, bytes, 0, path));
  return bytes;
}

std::string read_text_file(const fs::path& path) {
  const auto bytes = read_file(path);
  std::string text(bytes.size(), '\0');
  std::transform(bytes.begin(), bytes.end(), text.begin(), [](std::byte b) { return static_cast<char>(b); });
  return text;
}

void write_all(const FileDescriptor& file, std::span<const std::byte> bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_error(errno, attempt("write", path));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void write_file(const fs::path& path, std::span<const std::byte> bytes) {
  write_all(open_or_throw(path, O_WRONLY | O_CREAT | O_TRUNC), bytes, path);
}

void write_text_file(const fs::path& path, std::string_view text) {
  write_file(path, std::as_bytes(std::span(text)));
}

FileDigest digest_file(const fs::path& path, const ByteProgress& on_progress) {
  return read_through(open_regular_file(path), path, on_progress, [](std::span<const std::byte>) {});
}

FileDigest copy_file_durably(const fs::path& from, const fs::path& to, const ByteProgress& on_progress) {
  const FileDescriptor source = open_regular_file(from);
  TemporaryFile temporary(to.parent_path() / fmt::format(".{}.{}.part", to.filename().string(), new_ulid()));
  const FileDescriptor target = open_or_throw(temporary.path(), O_RDWR | O_CREAT | O_TRUNC);

  const bool shares_blocks = ::ioctl(target.get(), FICLONE, source.get()) == 0;
  const FileDigest digest =
      read_through(shares_blocks ? target : source, shares_blocks ? temporary.path() : from, on_progress,
                   [&](std::span<const std::byte> chunk) {
                     if (!shares_blocks) write_all(target, chunk, temporary.path());
                   });
  sync(target, temporary.path());
  temporary.rename_to(to);
  sync_directory(to.parent_path());
  return digest;
}

void create_folder(const fs::path& directory) {
  std::error_code code;
  fs::create_directories(directory, code);
  if (code) throw system_error(code.value(), attempt("create the folder", directory));
}

void sync_directory(const fs::path& directory) {
  sync(open_or_throw(directory, O_RDONLY | O_DIRECTORY), directory);
}

std::vector<FileEntry> files_below(const fs::path& directory) {
  std::vector<FileEntry> files;
  std::error_code code;
  for (fs::recursive_directory_iterator it(directory, code), end; !code && it != end; it.increment(code)) {
    struct stat status{};
    if (::lstat(it->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    files.push_back({it->path(), static_cast<std::uint64_t>(status.st_size),
                     static_cast<std::uint64_t>(status.st_nlink),
                     UtcTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                             std::chrono::microseconds(status.st_mtim.tv_nsec / 1000))});
  }
  if (code && code.value() != ENOENT) throw system_error(code.value(), attempt("list", directory));
  return files;
}

void remove_empty_folders(const fs::path& directory, const fs::path& root) {
  std::error_code code;
  for (fs::path folder = directory; folder != root && fs::remove(folder, code) && !code;) {
    folder = folder.parent_path();
  }
}

TemporaryDirectory::TemporaryDirectory(const fs::path& parent) {
  std::string name = (parent / "heaters-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw system_error(errno, attempt("create a folder in", parent));
  path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace heaters

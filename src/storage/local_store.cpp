#include "storage/local_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "storage/keys.h"

namespace heaters::storage {

namespace fs = std::filesystem;

LocalStore::LocalStore(fs::path root) : root_(std::move(root)) {
  create_folder(root_);
}

fs::path LocalStore::path_of(const std::string& key) const {
  if (!is_valid_key(key))
    throw Error(ErrorKind::InvalidInput, fmt::format("use \"{}\" as a key: not allowed", key));
  return root_ / key;
}

FileDigest LocalStore::put(const std::string& key, const fs::path& file, const ByteProgress& on_progress) {
  const fs::path target = path_of(key);
  const bool is_new_folder = !fs::exists(target.parent_path());
  create_folder(target.parent_path());
  // What a killed put of this key has left.
  for (const auto& entry : fs::directory_iterator(target.parent_path())) {
    const std::string name = entry.path().filename().string();
    std::error_code ignored;
    if (name.starts_with("." + target.filename().string() + ".") && name.ends_with(".part"))
      fs::remove(entry.path(), ignored);
  }
  const FileDigest digest = copy_file_durably(file, target, on_progress);
  for (fs::path parent = target.parent_path(); is_new_folder && parent != root_;
       parent = parent.parent_path()) {
    sync_directory(parent.parent_path());
  }
  return digest;
}

void LocalStore::get(const std::string& key, const fs::path& file) {
  copy_file_durably(path_of(key), file);
}

std::vector<std::byte> LocalStore::get_range(const std::string& key, std::uint64_t offset,
                                             std::uint64_t length) {
  const fs::path path = path_of(key);
  const FileDescriptor file = open_regular_file(path);
  const std::uint64_t size = file_size(file, path);
  if (offset >= size) return {};
  std::vector<std::byte> bytes(std::min(length, size - offset));
  bytes.resize(read_at(file, bytes, offset, path));
  return bytes;
}

void LocalStore::remove(std::span<const std::string> keys) {
  for (const std::string& key : keys) remove_one(key);
}

void LocalStore::remove_one(const std::string& key) {
  const fs::path path = path_of(key);
  std::error_code code;
  fs::remove(path, code);
  if (code) throw system_error(code.value(), fmt::format("remove \"{}\"", path.string()));
  // A folder exists for the objects in it only.
  for (fs::path parent = path.parent_path(); parent != root_ && fs::remove(parent, code) && !code;) {
    parent = parent.parent_path();
  }
}

namespace {

// Calls `use` for every regular file below `root`. Files and folders may go meanwhile.
template <typename Use>
void for_each_file(const fs::path& root, Use use) {
  std::error_code code;
  for (fs::recursive_directory_iterator it(root, code), end; !code && it != end; it.increment(code)) {
    std::error_code gone;
    if (it->is_regular_file(gone) && !gone) use(it->path());
  }
  if (code && code.value() != ENOENT)
    throw system_error(code.value(), fmt::format("list \"{}\"", root.string()));
}

UtcTime modified_at(const fs::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return utc_now();
  return UtcTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                 std::chrono::microseconds(status.st_mtim.tv_nsec / 1000));
}

}  // namespace

std::vector<StoredObject> LocalStore::list(const std::string& prefix) {
  std::vector<StoredObject> objects;
  for_each_file(root_, [&](const fs::path& path) {
    std::string key = fs::relative(path, root_).generic_string();
    if (!is_valid_key(key) || !key.starts_with(prefix)) return;
    std::error_code gone;
    const auto bytes = fs::file_size(path, gone);
    if (!gone) objects.push_back({std::move(key), bytes, modified_at(path)});
  });
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return objects;
}

std::vector<std::string> LocalStore::remove_leftovers(std::chrono::seconds age, bool is_dry_run,
                                                      const IsWanted& is_wanted) {
  std::vector<std::string> removed;
  for_each_file(root_, [&](const fs::path& path) {
    // As copy_file_durably names what it has not finished.
    const std::string name = path.filename().string();
    if (!name.starts_with('.') || !name.ends_with(".part") || utc_now() - modified_at(path) < age) return;
    if (is_wanted(fs::relative(path, root_).generic_string())) return;
    removed.push_back(fmt::format("unfinished file {}", path.string()));
    std::error_code ignored;
    if (is_dry_run) return;
    fs::remove(path, ignored);
    // The last file of a folder takes the folder along.
    for (fs::path parent = path.parent_path(); parent != root_ && fs::remove(parent, ignored) && !ignored;) {
      parent = parent.parent_path();
    }
  });
  return removed;
}

}  // namespace heaters::storage

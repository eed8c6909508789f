#include "storage/local_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "storage/keys.h"

namespace heaters::storage {

namespace fs = std::filesystem;

namespace {

// Named as copy_file_durably names what it has not finished.
bool is_unfinished(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('.') && name.ends_with(".part");
}

}  // namespace

LocalStore::LocalStore(fs::path root) : root_(std::move(root)) {
  create_folder(root_);
}

fs::path LocalStore::path_of(const std::string& key) const {
  if (!is_valid_key(key))
    throw Error(ErrorKind::InvalidInput, fmt::format("use \"{}\" as a key: not allowed", key));
  return root_ / key;
}

FileDigest LocalStore::put(const std::string& key, const fs::path& file, const ByteProgress& on_progress,
                           const std::string&) {
  const fs::path target = path_of(key);
  const bool is_new_folder = !fs::exists(target.parent_path());
  create_folder(target.parent_path());
  // What a killed put of this key has left.
  for (const FileEntry& entry : files_below(target.parent_path())) {
    std::error_code ignored;
    const bool is_of_key = entry.path.filename().string().starts_with("." + target.filename().string() + ".");
    if (is_of_key && is_unfinished(entry.path)) fs::remove(entry.path, ignored);
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
  remove_empty_folders(path.parent_path(), root_);
}

std::vector<StoredObject> LocalStore::list(const std::string& prefix) {
  std::vector<StoredObject> objects;
  for (const FileEntry& file : files_below(root_)) {
    std::string key = fs::relative(file.path, root_).generic_string();
    if (is_valid_key(key) && key.starts_with(prefix))
      objects.push_back({std::move(key), file.bytes, file.modified});
  }
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return objects;
}

std::vector<std::string> LocalStore::remove_leftovers(std::chrono::seconds age, bool is_dry_run,
                                                      const IsWanted& is_wanted) {
  std::vector<std::string> removed;
  for (const FileEntry& file : files_below(root_)) {
    const std::string key = fs::relative(file.path, root_).generic_string();
    if (!is_unfinished(file.path) || utc_now() - file.modified < age || is_wanted(key)) continue;
    removed.push_back(fmt::format("unfinished file {}", file.path.string()));
    if (is_dry_run) continue;
    std::error_code ignored;
    fs::remove(file.path, ignored);
    remove_empty_folders(file.path.parent_path(), root_);
  }
  return removed;
}

}  // namespace heaters::storage

#include "storage/local_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/check.h"
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

void LocalStore::remove(const std::string& key) {
  const fs::path path = path_of(key);
  std::error_code code;
  fs::remove(path, code);
  if (code) throw system_error(code.value(), fmt::format("remove \"{}\"", path.string()));
  // A folder exists for the objects in it only.
  for (fs::path parent = path.parent_path(); parent != root_ && fs::remove(parent, code) && !code;) {
    parent = parent.parent_path();
  }
}

std::vector<std::string> LocalStore::list(const std::string& prefix) {
  std::vector<std::string> keys;
  for (const auto& entry : fs::recursive_directory_iterator(root_)) {
    if (!entry.is_regular_file()) continue;
    std::string key = fs::relative(entry.path(), root_).generic_string();
    if (is_valid_key(key) && key.starts_with(prefix)) keys.push_back(std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

void LocalStore::remove_prefix(const std::string& prefix) {
  HEATERS_CHECK(prefix.ends_with('/') && is_valid_key(prefix.substr(0, prefix.size() - 1)));
  std::error_code code;
  const fs::path directory = root_ / prefix;
  fs::remove_all(directory, code);
  if (code) throw system_error(code.value(), fmt::format("remove \"{}\"", directory.string()));
}

}  // namespace heaters::storage

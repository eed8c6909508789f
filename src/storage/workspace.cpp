#include "storage/workspace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "storage/keys.h"

namespace heaters::storage {

namespace fs = std::filesystem;

namespace {

fs::path videos_of(const fs::path& root) {
  return root / "videos";
}
fs::path cache_of(const fs::path& root) {
  return root / "cache";
}

std::uint64_t total_bytes(const std::vector<FileEntry>& files) {
  std::uint64_t sum = 0;
  // A file that was fetched has a name in the cache and one in a folder.
  for (const FileEntry& file : files) sum += file.bytes / std::max<std::uint64_t>(file.links, 1);
  return sum;
}

void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::remove(to, code);
  fs::create_hard_link(from, to, code);
  if (code) copy_file_durably(from, to);
}

}  // namespace

Workspace::Workspace(fs::path root, std::uint64_t budget_bytes)
    : root_(std::move(root)), budget_bytes_(budget_bytes) {
  create_folder(videos_of(root_));
  create_folder(cache_of(root_));
}

std::optional<WorkspaceFolder> Workspace::try_open(const std::string& video_id) {
  const fs::path path = videos_of(root_) / video_id;
  // Between its creation and its lock a reaper may take the folder for an unwanted one.
  constexpr int most_tries = 5;
  for (int i = 0; i < most_tries; ++i) {
    create_folder(path);
    if (auto lock = FileLock::try_folder(path)) return WorkspaceFolder(path, std::move(*lock));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return std::nullopt;
}

int Workspace::reap(const std::function<bool(const std::string& video_id)>& is_wanted) {
  int removed = 0;
  std::error_code code;
  for (fs::directory_iterator it(videos_of(root_), code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    if (!is_ulid(name)) continue;
    auto lock = FileLock::try_folder(it->path());
    if (!lock || is_wanted(name)) continue;
    std::error_code ignored;
    fs::remove_all(it->path(), ignored);
    ++removed;
  }
  return removed;
}

fs::path Workspace::cached(const std::string& key) const {
  if (!is_valid_key(key))
    throw Error(ErrorKind::InvalidInput, fmt::format("fetch \"{}\": that is no key", key));
  return cache_of(root_) / key;
}

fs::path Workspace::fetch(Store& store, const std::string& key, const FileDigest& expected,
                          const WorkspaceFolder& folder) {
  if (auto local = store.local_path(key)) return *local;
  const fs::path target = folder.path() / fs::path(key).filename();
  const fs::path kept = cached(key);
  std::error_code code;
  if (fs::file_size(kept, code) != expected.bytes || code) {
    const fs::path arriving = target.string() + "." + new_ulid();
    store.get(key, arriving);
    if (digest_file(arriving) != expected) {
      fs::remove(arriving, code);
      throw Error(ErrorKind::Corrupt,
                  fmt::format("get \"{}\" in {}: it is not what was put there", key, store.name()));
    }
    create_folder(kept.parent_path());
    fs::rename(arriving, kept);
  }
  ::utimensat(AT_FDCWD, kept.c_str(), nullptr, 0);
  link_or_copy(kept, target);
  trim();
  return target;
}

std::vector<std::byte> Workspace::read(Store& store, const std::string& key) const {
  std::error_code code;
  if (fs::exists(cached(key), code)) return read_file(cached(key));
  return store.get_range(key, 0, UINT64_MAX);
}

std::optional<fs::path> Workspace::find(const Store& store, const std::string& key) const {
  if (auto own = store.local_path(key)) return own;
  std::error_code code;
  if (fs::exists(cached(key), code)) return cached(key);
  return std::nullopt;
}

void Workspace::keep(const std::string& key, const fs::path& file) {
  const fs::path kept = cached(key);
  create_folder(kept.parent_path());
  std::error_code code;
  fs::rename(file, kept, code);
  // It is in the store: what cannot be kept is fetched when it is needed.
  if (!code) ::utimensat(AT_FDCWD, kept.c_str(), nullptr, 0);
  trim();
}

std::uint64_t Workspace::used_bytes() const {
  return total_bytes(files_below(root_));
}

void Workspace::trim() {
  std::vector<FileEntry> files = files_below(cache_of(root_));
  std::uint64_t used = used_bytes();
  std::sort(files.begin(), files.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.modified < b.modified; });
  for (const FileEntry& file : files) {
    if (used <= budget_bytes_) return;
    if (file.links > 1) continue;  // in use: removing this name would free nothing
    std::error_code code;
    if (fs::remove(file.path, code)) used -= file.bytes;
    remove_empty_folders(file.path.parent_path(), cache_of(root_));
  }
}

void WorkspaceFolder::discard() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace heaters::storage

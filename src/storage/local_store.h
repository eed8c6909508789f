#pragma once

#include "storage/store.h"

namespace heaters::storage {

// A store in a local folder: the object of key K is the file <root>/K. Safe for several processes and
// threads.
class LocalStore : public Store {
 public:
  // Creates the folder.
  explicit LocalStore(std::filesystem::path root);

  using Store::put;
  using Store::remove;
  using Store::remove_leftovers;
  FileDigest put(const std::string& key, const std::filesystem::path& file, const ByteProgress& on_progress,
                 const std::string& storage_class) override;
  void get(const std::string& key, const std::filesystem::path& file) override;
  std::vector<std::byte> get_range(const std::string& key, std::uint64_t offset,
                                   std::uint64_t length) override;
  void remove(std::span<const std::string> keys) override;
  std::vector<StoredObject> list(const std::string& prefix) override;
  RestoreState restore(const std::string&, int, RestoreTier) override { return RestoreState::Ready; }
  std::optional<std::string> presign(const std::string&, std::chrono::seconds) override {
    return std::nullopt;
  }
  std::optional<std::filesystem::path> local_path(const std::string& key) const override {
    return path_of(key);
  }
  // Files that were being written when a process was killed.
  std::vector<std::string> remove_leftovers(std::chrono::seconds age, bool is_dry_run,
                                            const IsWanted& is_wanted) override;
  std::string name() const override { return root_.string(); }

 private:
  // The file of an object, which may not exist.
  std::filesystem::path path_of(const std::string& key) const;
  void remove_one(const std::string& key);

  std::filesystem::path root_;
};

}  // namespace heaters::storage

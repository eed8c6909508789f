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
  FileDigest put(const std::string& key, const std::filesystem::path& file,
                 const ByteProgress& on_progress) override;
  void get(const std::string& key, const std::filesystem::path& file) override;
  std::vector<std::byte> get_range(const std::string& key, std::uint64_t offset,
                                   std::uint64_t length) override;
  void remove(const std::string& key) override;
  std::vector<std::string> list(const std::string& prefix) override;

  // The file of an object, which may not exist.
  std::filesystem::path path_of(const std::string& key) const;

  // Removes everything under a prefix that ends in '/', also what a crash left half-written there.
  void remove_prefix(const std::string& prefix);

 private:
  std::filesystem::path root_;
};

}  // namespace heaters::storage

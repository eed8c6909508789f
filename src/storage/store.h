#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"

namespace heaters::storage {

// Where artifacts live. An object is there whole or not at all; putting to a key that exists replaces its
// object. Keys are made in keys.h. Every operation may be repeated. Failures throw Error naming the key:
// NotFound for what is not there, Exhausted on a full disk, InvalidInput for a malformed key.
class Store {
 public:
  virtual ~Store() = default;

  // Copies a local file into the store, durably; returns the size and digest of what was written. When
  // `on_progress` throws, the object stays as it was.
  virtual FileDigest put(const std::string& key, const std::filesystem::path& file,
                         const ByteProgress& on_progress) = 0;
  FileDigest put(const std::string& key, const std::filesystem::path& file) { return put(key, file, {}); }

  // Copies an object into a local file.
  virtual void get(const std::string& key, const std::filesystem::path& file) = 0;

  // The bytes [offset, offset + length) of an object, fewer where it ends.
  virtual std::vector<std::byte> get_range(const std::string& key, std::uint64_t offset,
                                           std::uint64_t length) = 0;

  // Of a key that has no object: nothing happens.
  virtual void remove(const std::string& key) = 0;

  // The keys that begin with `prefix`, sorted.
  virtual std::vector<std::string> list(const std::string& prefix) = 0;
};

}  // namespace heaters::storage

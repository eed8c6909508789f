#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/store_usage.h"
#include "base/time.h"

namespace heaters::storage {

struct StoredObject {
  std::string key;
  std::uint64_t bytes = 0;
  UtcTime modified;
};

// Whether an object can be read now.
enum class RestoreState {
  Ready,      // it can
  Requested,  // it could not; that it is restored has just been asked for
  Restoring,  // that was asked for before, and takes its time
};
enum class RestoreTier { Expedited, Standard, Bulk };  // quick and dear to slow and cheap

// Where artifacts live. An object is there whole or not at all; putting to a key that exists replaces its
// object. Keys are made in keys.h. Every operation may be repeated. Failures throw Error naming the key:
// NotFound for what is not there, Exhausted on a full disk, InvalidInput for a malformed key, Unavailable for
// a server that does not answer, refuses our credentials or got other bytes than were sent.
class Store {
 public:
  virtual ~Store() = default;

  // Copies a local file into the store, durably; returns the size and digest of what was written. When
  // `on_progress` throws, the object stays as it was.
  // `storage_class` where the store has classes; empty: storage_class().
  virtual FileDigest put(const std::string& key, const std::filesystem::path& file,
                         const ByteProgress& on_progress, const std::string& storage_class) = 0;
  FileDigest put(const std::string& key, const std::filesystem::path& file, const ByteProgress& on_progress) {
    return put(key, file, on_progress, {});
  }
  FileDigest put(const std::string& key, const std::filesystem::path& file) { return put(key, file, {}); }

  // Copies an object into a local file, which is whole or not there at all.
  virtual void get(const std::string& key, const std::filesystem::path& file) = 0;

  // The bytes [offset, offset + length) of an object, fewer where it ends.
  virtual std::vector<std::byte> get_range(const std::string& key, std::uint64_t offset,
                                           std::uint64_t length) = 0;

  // Of keys that have no object: nothing happens.
  virtual void remove(std::span<const std::string> keys) = 0;
  void remove(const std::string& key) { remove(std::span(&key, 1)); }

  // The objects whose keys begin with `prefix`, sorted bytewise by key.
  virtual std::vector<StoredObject> list(const std::string& prefix) = 0;

  // Asks for an object of an archive class to be readable for so many days. Of other objects: Ready.
  virtual RestoreState restore(const std::string& key, int days, RestoreTier tier) = 0;

  // A URL by which anybody may read the object for so long; nullopt when this store has none to give.
  virtual std::optional<std::string> presign(const std::string& key, std::chrono::seconds lifetime) = 0;

  // The file that is the object, for a store of files on this machine; nullopt for others.
  virtual std::optional<std::filesystem::path> local_path(const std::string& key) const = 0;

  // Removes what interrupted puts left under `videos/`, when it is older and the key it was for is not
  // wanted. Returns a line about each; removes nothing when `is_dry_run`.
  using IsWanted = std::function<bool(const std::string& key)>;
  virtual std::vector<std::string> remove_leftovers(std::chrono::seconds age, bool is_dry_run,
                                                    const IsWanted& is_wanted) = 0;
  std::vector<std::string> remove_leftovers(std::chrono::seconds age, bool is_dry_run) {
    return remove_leftovers(age, is_dry_run, [](const std::string&) { return false; });
  }

  // Written to objects' storage class, where the store has classes.
  virtual std::string storage_class() const { return "STANDARD"; }
  // The class that an object gets of which that class is wanted.
  virtual std::string storage_class_of(const std::string&) const { return storage_class(); }

  virtual StoreUsage usage() const { return {}; }

  // Where it is, for people; nothing secret.
  virtual std::string name() const = 0;
};

}  // namespace heaters::storage

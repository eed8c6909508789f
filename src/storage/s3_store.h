#pragma once

#include "storage/s3_client.h"

namespace heaters::storage {

// A store in a bucket of S3 or of what speaks like it: AWS, Cloudflare R2, Tigris, MinIO, Ceph, Swift.
//
// A file up to the threshold is one PUT. Its SHA-256 is part of the signature and its MD5 goes along, so that
// the server refuses other bytes; the answer must repeat one of them, as an ETag or a checksum. No HEAD is
// needed. A larger file goes in parts, several at a time, each checked likewise; the upload is noted in a
// file, and a put of the same file after a crash goes on with it. Thread-safe; uses as many threads as parts
// at a time.
class S3Store : public Store {
 public:
  S3Store(S3Options options, std::shared_ptr<net::HttpPool> pool);

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
  RestoreState restore(const std::string& key, int days, RestoreTier tier) override;
  std::optional<std::string> presign(const std::string& key, std::chrono::seconds lifetime) override;
  std::optional<std::filesystem::path> local_path(const std::string&) const override { return std::nullopt; }
  std::vector<std::string> remove_leftovers(std::chrono::seconds age, bool is_dry_run,
                                            const IsWanted& is_wanted) override;
  std::string storage_class() const override;
  std::string storage_class_of(const std::string& wanted) const override {
    return wanted.empty() ? storage_class() : wanted;
  }
  StoreUsage usage() const override { return client_.usage(); }
  std::string name() const override;

 private:
  FileDigest put_whole(const std::string& key, const std::filesystem::path& file,
                       const ByteProgress& on_progress, const std::string& storage_class);
  FileDigest put_in_parts(const std::string& key, const std::filesystem::path& file,
                          const ByteProgress& on_progress, const std::string& storage_class);
  std::string full_key(const std::string& key) const;
  std::string attempt(const char* verb, const std::string& key) const;

  S3Client client_;
};

}  // namespace heaters::storage

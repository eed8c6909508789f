#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "storage/s3_client.h"
#include "storage/upload_digest.h"

namespace heaters::storage {

// The upload of one large file in parts, several at a time. It is noted in a file from its beginning, so that
// another one for the same key and content goes on where a killed process stopped. One that fails for good
// is ended at the server; when only the server is away, it stays to be resumed.
class MultipartUpload {
 public:
  MultipartUpload(S3Client& client, std::string key, const std::filesystem::path& file, std::string attempt,
                  const ByteProgress& on_progress, std::string storage_class);

  FileDigest run();

 private:
  struct Part {
    int number = 0;  // from 1
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };

  std::filesystem::path note_path() const;
  void begin_or_resume();
  bool resume();
  void begin();
  void upload_parts();
  void upload_part(const Part& part);
  void complete();
  bool is_complete();
  void forget() noexcept;
  std::string version_of_file() const;
  void abort() noexcept;

  S3Client& client_;
  std::string key_;
  const std::filesystem::path& path_;
  FileDescriptor file_;
  std::string attempt_;
  const ByteProgress& on_progress_;
  std::string storage_class_;  // empty: the bucket's default
  FileDigest digest_;
  std::vector<Part> parts_;
  std::string upload_id_;

  std::mutex mutex_;
  std::map<int, std::string> etags_;
  std::map<int, std::uint64_t> sent_;
};

}  // namespace heaters::storage

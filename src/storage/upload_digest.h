#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "net/http_client.h"

namespace heaters::storage {

// By what a server can tell that it got the bytes that were meant, and we from its answer that it has them.
struct UploadDigest {
  std::uint64_t bytes = 0;
  std::vector<std::byte> sha256;
  std::vector<std::byte> md5;

  std::string sha256_hex() const;
  std::string md5_hex() const;

  // Content-MD5. An object that goes in one piece may have the checksum too. Parts do not: S3 would want
  // those of all parts again at the end, and the signature covers the SHA-256 in any case.
  net::HttpHeaders md5_header() const;
  net::HttpHeaders checksum_headers() const;

  // Throws Unavailable when the answer to a PUT names other bytes. An ETag counts when it is an MD5, which it
  // is not where the server encrypts with a key of its own; then the checksum does.
  void verify(const net::HttpResponse& response, const std::string& attempt) const;
};

// Of the bytes [offset, offset + length) of a file.
UploadDigest digest_for_upload(const FileDescriptor& file, const std::filesystem::path& path,
                               std::uint64_t offset, std::uint64_t length);
UploadDigest digest_for_upload(std::string_view text);

// An ETag without its quotes.
std::string bare_etag(const std::string& etag);

}  // namespace heaters::storage

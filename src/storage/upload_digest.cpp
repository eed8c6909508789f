#include "storage/upload_digest.h"

#include <algorithm>

#include "base/base64.h"
#include "base/digest.h"
#include "base/error.h"

namespace heaters::storage {

namespace {
constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
constexpr std::size_t md5_digits = 32;
}  // namespace

UploadDigest digest_for_upload(const FileDescriptor& file, const std::filesystem::path& path,
                               std::uint64_t offset, std::uint64_t length) {
  Digest sha256(DigestKind::Sha256);
  Digest md5(DigestKind::Md5);
  std::vector<std::byte> buffer(std::min<std::uint64_t>(chunk_bytes, length));
  std::uint64_t done = 0;
  while (done < length) {
    const auto wanted = std::span(buffer).first(std::min<std::uint64_t>(buffer.size(), length - done));
    const std::size_t got = read_at(file, wanted, offset + done, path);
    if (got == 0)
      throw Error(ErrorKind::Conflict, "read \"" + path.string() + "\": it became shorter meanwhile");
    sha256.update(wanted.first(got));
    md5.update(wanted.first(got));
    done += got;
  }
  return {length, sha256.finish(), md5.finish()};
}

UploadDigest digest_for_upload(std::string_view text) {
  Digest sha256(DigestKind::Sha256);
  Digest md5(DigestKind::Md5);
  sha256.update(std::as_bytes(std::span(text)));
  md5.update(std::as_bytes(std::span(text)));
  return {text.size(), sha256.finish(), md5.finish()};
}

std::string UploadDigest::sha256_hex() const {
  return Digest::hex(sha256);
}

std::string UploadDigest::md5_hex() const {
  return Digest::hex(md5);
}

net::HttpHeaders UploadDigest::md5_header() const {
  return {{"Content-MD5", base64(md5)}};
}

net::HttpHeaders UploadDigest::checksum_headers() const {
  return {{"Content-MD5", base64(md5)}, {"x-amz-checksum-sha256", base64(sha256)}};
}

std::string bare_etag(const std::string& etag) {
  std::string bare = etag;
  std::erase(bare, '"');
  return bare;
}

void UploadDigest::verify(const net::HttpResponse& response, const std::string& attempt) const {
  const std::string etag = bare_etag(response.header("etag"));
  const std::string checksum = response.header("x-amz-checksum-sha256");
  const std::string encryption = response.header("x-amz-server-side-encryption");
  const bool is_md5 = etag.size() == md5_digits && encryption != "aws:kms" && encryption != "aws:kms:dsse" &&
                      response.header("x-amz-server-side-encryption-customer-algorithm").empty();
  const bool is_other = (is_md5 && etag != md5_hex()) || (!checksum.empty() && checksum != base64(sha256));
  if (is_other)
    throw Error(ErrorKind::Unavailable, attempt + ": the server has stored other bytes than were sent");
}

}  // namespace heaters::storage

#include "storage/s3_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <pugixml.hpp>
#include <sstream>

#include "base/error.h"
#include "storage/keys.h"
#include "storage/multipart_upload.h"
#include "storage/upload_digest.h"

namespace heaters::storage {

namespace fs = std::filesystem;

namespace {

pugi::xml_document parse(const std::string& body, const std::string& attempt) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) {
    throw Error(ErrorKind::Unavailable, attempt + ": the answer is no XML");
  }
  return document;
}

std::uint64_t number(const char* text) {
  return std::strtoull(text, nullptr, 10);
}

void require_key(const std::string& key) {
  if (!is_valid_key(key))
    throw Error(ErrorKind::InvalidInput, fmt::format("use the store: \"{}\" is no key", key));
}

// Written piece by piece; removed again unless it becomes whole.
class Download {
 public:
  explicit Download(fs::path path)
      : path_(std::move(path)),
        partial_(path_.string() + ".part"),
        file_(::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    if (file_.get() < 0) throw system_error(errno, fmt::format("write \"{}\"", partial_.string()));
  }
  ~Download() {
    if (!is_whole_) ::unlink(partial_.c_str());
  }
  Download(const Download&) = delete;
  Download& operator=(const Download&) = delete;

  void append(std::span<const std::byte> bytes) {
    write_all(file_, bytes, partial_);
    bytes_ += bytes.size();
  }
  std::uint64_t bytes() const { return bytes_; }

  void finish() {
    if (::rename(partial_.c_str(), path_.c_str()) != 0) {
      throw system_error(errno, fmt::format("rename into \"{}\"", path_.string()));
    }
    is_whole_ = true;
  }

 private:
  fs::path path_;
  fs::path partial_;
  FileDescriptor file_;
  std::uint64_t bytes_ = 0;
  bool is_whole_ = false;
};

}  // namespace

S3Store::S3Store(S3Options options, std::shared_ptr<net::HttpPool> pool)
    : client_(std::move(options), std::move(pool)) {}

std::string S3Store::full_key(const std::string& key) const {
  require_key(key);
  return client_.options().prefix + key;
}

std::string S3Store::attempt(const char* verb, const std::string& key) const {
  return fmt::format("{} \"{}\" {} {}", verb, key, std::string_view(verb) == "put" ? "into" : "in", name());
}

std::string S3Store::name() const {
  return "s3://" + client_.options().bucket +
         (client_.options().prefix.empty() ? "" : "/" + client_.options().prefix);
}

std::string S3Store::storage_class() const {
  const std::string& chosen = client_.options().storage_class;
  return chosen.empty() ? "STANDARD" : chosen;
}

FileDigest S3Store::put(const std::string& key, const fs::path& file, const ByteProgress& on_progress,
                        const std::string& storage_class) {
  const std::uint64_t bytes = file_size(open_regular_file(file), file);
  const std::string& wanted = storage_class.empty() ? client_.options().storage_class : storage_class;
  return bytes <= client_.options().multipart_threshold ? put_whole(key, file, on_progress, wanted)
                                                        : put_in_parts(key, file, on_progress, wanted);
}

FileDigest S3Store::put_whole(const std::string& key, const fs::path& file, const ByteProgress& on_progress,
                              const std::string& storage_class) {
  const FileDescriptor opened = open_regular_file(file);
  const UploadDigest digest = digest_for_upload(opened, file, 0, file_size(opened, file));
  S3Request request{.method = "PUT",
                    .key = full_key(key),
                    .headers = digest.checksum_headers(),
                    .file = &opened,
                    .path = &file,
                    .length = digest.bytes,
                    .payload_sha256 = digest.sha256_hex(),
                    .on_sent = on_progress};
  if (!storage_class.empty()) request.headers.emplace_back("x-amz-storage-class", storage_class);
  const std::string what = attempt("put", key);
  const net::HttpResponse response = client_.send(request, what);
  digest.verify(response, what);
  return {digest.bytes, digest.sha256_hex()};
}

FileDigest S3Store::put_in_parts(const std::string& key, const fs::path& file,
                                 const ByteProgress& on_progress, const std::string& storage_class) {
  MultipartUpload upload(client_, full_key(key), file, attempt("put", key), on_progress, storage_class);
  return upload.run();
}

void S3Store::get(const std::string& key, const fs::path& file) {
  const std::string what = attempt("get", key);
  Download download(file);
  S3Request request{.method = "GET", .key = full_key(key)};
  request.on_data = [&](std::span<const std::byte> bytes) { download.append(bytes); };
  // A repeated request asks for the rest.
  request.before_attempt = [&] {
    std::erase_if(request.headers, [](const auto& header) { return header.first == "Range"; });
    if (download.bytes() > 0)
      request.headers.emplace_back("Range", fmt::format("bytes={}-", download.bytes()));
  };
  // What is resumed must be the same object: told by the length of the whole.
  const net::HttpResponse response = client_.send(request, what, {416});
  std::uint64_t expected = download.bytes();
  if (response.status == 206) {
    const std::string range = response.header("content-range");
    expected = number(range.c_str() + std::min(range.find('/') + 1, range.size()));
  } else if (response.status == 200) {
    expected = number(response.header("content-length").c_str());
  }
  if (expected != download.bytes()) {
    throw Error(ErrorKind::Unavailable,
                fmt::format("{}: {} of {} bytes came", what, download.bytes(), expected));
  }
  download.finish();
}

std::vector<std::byte> S3Store::get_range(const std::string& key, std::uint64_t offset,
                                          std::uint64_t length) {
  std::vector<std::byte> bytes;
  if (length == 0) return bytes;
  S3Request request{.method = "GET", .key = full_key(key)};
  const bool is_whole = offset == 0 && length == UINT64_MAX;
  if (!is_whole) {
    const std::uint64_t last = length > UINT64_MAX - offset ? UINT64_MAX : offset + length - 1;
    request.headers.emplace_back("Range", last == UINT64_MAX ? fmt::format("bytes={}-", offset)
                                                             : fmt::format("bytes={}-{}", offset, last));
  }
  request.before_attempt = [&] { bytes.clear(); };
  request.on_data = [&](std::span<const std::byte> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  };
  const std::string what = attempt("get", key);
  // 416: it ends before the range.
  if (client_.send(request, what, {416}).status == 416) bytes.clear();
  return bytes;
}

void S3Store::remove(std::span<const std::string> keys) {
  constexpr std::size_t most_at_once = 1000;
  if (keys.size() == 1) {
    client_.send({.method = "DELETE", .key = full_key(keys[0])}, attempt("remove", keys[0]), {404});
    return;
  }
  for (std::size_t begin = 0; begin < keys.size(); begin += most_at_once) {
    pugi::xml_document document;
    pugi::xml_node root = document.append_child("Delete");
    root.append_child("Quiet").text().set("true");
    for (const std::string& key : keys.subspan(begin, std::min(most_at_once, keys.size() - begin))) {
      root.append_child("Object").append_child("Key").text().set(full_key(key).c_str());
    }
    std::ostringstream text;
    document.save(text, "", pugi::format_raw);
    const UploadDigest digest = digest_for_upload(text.str());
    const std::string what = fmt::format("remove {} objects in {}", keys.size(), name());
    const net::HttpResponse response = client_.send({.method = "POST",
                                                     .query = {{"delete", ""}},
                                                     .headers = digest.md5_header(),
                                                     .text = text.str(),
                                                     .payload_sha256 = digest.sha256_hex()},
                                                    what);
    const pugi::xml_document answer = parse(response.body, what);
    if (const pugi::xml_node error = answer.child("DeleteResult").child("Error")) {
      throw Error(ErrorKind::Unavailable,
                  fmt::format("{}: {}: {}", what, error.child_value("Key"), error.child_value("Code")));
    }
  }
}

std::vector<StoredObject> S3Store::list(const std::string& prefix) {
  std::vector<StoredObject> objects;
  const std::string what = fmt::format("list {}{}", name(), prefix);
  std::string token;
  do {
    S3Request request{.method = "GET",
                      .query = {{"list-type", "2"}, {"prefix", client_.options().prefix + prefix}}};
    if (!token.empty()) request.query.emplace_back("continuation-token", token);
    const pugi::xml_document answer = parse(client_.send(request, what).body, what);
    const pugi::xml_node root = answer.child("ListBucketResult");
    if (!root) throw Error(ErrorKind::Unavailable, what + ": the answer is no listing");
    for (const pugi::xml_node& entry : root.children("Contents")) {
      const std::string key = entry.child_value("Key");
      const auto modified = parse_utc(entry.child_value("LastModified"));
      objects.push_back({key.substr(std::min(client_.options().prefix.size(), key.size())),
                         number(entry.child_value("Size")), modified.value_or(utc_now())});
    }
    const bool is_truncated = std::string_view(root.child_value("IsTruncated")) == "true";
    token = is_truncated ? root.child_value("NextContinuationToken") : "";
  } while (!token.empty());
  std::sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return objects;
}

RestoreState S3Store::restore(const std::string& key, int days, RestoreTier tier) {
  const std::string what = attempt("restore", key);
  // A byte of it tells whether it can be read, which costs less than asking for nothing.
  const net::HttpResponse read = client_.send(
      {.method = "GET", .key = full_key(key), .headers = {{"Range", "bytes=0-0"}}}, what, {403, 416});
  if (read.status != 403) return RestoreState::Ready;
  if (s3_error_code(read.body) != "InvalidObjectState") {
    throw Error(ErrorKind::Unavailable, fmt::format("{}: status 403, {}", what, s3_error_text(read.body)));
  }
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("RestoreRequest");
  root.append_child("Days").text().set(days);
  root.append_child("GlacierJobParameters")
      .append_child("Tier")
      .text()
      .set(tier == RestoreTier::Expedited  ? "Expedited"
           : tier == RestoreTier::Standard ? "Standard"
                                           : "Bulk");
  std::ostringstream text;
  document.save(text, "", pugi::format_raw);
  const UploadDigest digest = digest_for_upload(text.str());
  const net::HttpResponse asked = client_.send({.method = "POST",
                                                .key = full_key(key),
                                                .query = {{"restore", ""}},
                                                .headers = digest.md5_header(),
                                                .text = text.str(),
                                                .payload_sha256 = digest.sha256_hex()},
                                               what, {409});
  if (asked.status != 409) return RestoreState::Requested;
  if (s3_error_code(asked.body) == "RestoreAlreadyInProgress") return RestoreState::Restoring;
  throw Error(ErrorKind::Conflict, fmt::format("{}: status 409, {}", what, s3_error_text(asked.body)));
}

std::optional<std::string> S3Store::presign(const std::string& key, std::chrono::seconds lifetime) {
  return client_.presign(full_key(key), lifetime);
}

std::vector<std::string> S3Store::remove_leftovers(std::chrono::seconds age, bool is_dry_run,
                                                   const IsWanted& is_wanted) {
  const std::string what = fmt::format("look for unfinished uploads in {}", name());
  const pugi::xml_document answer = parse(
      client_.send({.method = "GET", .query = {{"uploads", ""}, {"prefix", client_.options().prefix}}}, what)
          .body,
      what);
  std::vector<std::string> removed;
  for (const pugi::xml_node& upload : answer.child("ListMultipartUploadsResult").children("Upload")) {
    const auto initiated = parse_utc(upload.child_value("Initiated"));
    const std::string key = upload.child_value("Key");
    // Others may use the bucket.
    const std::string own = client_.options().prefix + "videos/";
    if (!initiated || utc_now() - *initiated < age || !key.starts_with(own)) continue;
    if (is_wanted(key.substr(client_.options().prefix.size()))) continue;
    removed.push_back(fmt::format("unfinished upload of {} from {}", key, format_utc(*initiated)));
    if (!is_dry_run) {
      client_.send({.method = "DELETE", .key = key, .query = {{"uploadId", upload.child_value("UploadId")}}},
                   fmt::format("end the upload of \"{}\"", key), {404});
    }
  }
  return removed;
}

}  // namespace heaters::storage

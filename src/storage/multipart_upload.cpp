#include "storage/multipart_upload.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <pugixml.hpp>
#include <sstream>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parallel.h"

namespace heaters::storage {

namespace fs = std::filesystem;

namespace {
constexpr std::uint64_t most_parts = 10'000;  // S3's own limit
}

MultipartUpload::MultipartUpload(S3Client& client, std::string key, const fs::path& file, std::string attempt,
                                 const ByteProgress& on_progress, std::string storage_class)
    : client_(client),
      key_(std::move(key)),
      path_(file),
      file_(open_regular_file(file)),
      attempt_(std::move(attempt)),
      on_progress_(on_progress),
      storage_class_(std::move(storage_class)) {
  const std::uint64_t bytes = file_size(file_, path_);
  const std::uint64_t part_bytes =
      std::max(client_.options().part_bytes, (bytes + most_parts - 1) / most_parts);
  for (std::uint64_t offset = 0; offset < bytes; offset += part_bytes) {
    parts_.push_back({static_cast<int>(parts_.size()) + 1, offset, std::min(part_bytes, bytes - offset)});
  }
}

FileDigest MultipartUpload::run() {
  const std::string before = version_of_file();
  digest_ = digest_file(path_);
  begin_or_resume();
  try {
    upload_parts();
    if (version_of_file() != before) {
      throw Error(ErrorKind::Conflict, attempt_ + ": the file changed while it was being read");
    }
    complete();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::NotFound) {
      // The server has forgotten the upload: the next try is a new one.
      forget();
      throw Error(ErrorKind::Unavailable, error.what());
    }
    if (error.kind() != ErrorKind::Unavailable) abort();
    throw;
  } catch (...) {
    abort();
    throw;
  }
  forget();
  return digest_;
}

void MultipartUpload::forget() noexcept {
  std::error_code ignored;
  if (!client_.options().resume_folder.empty()) fs::remove(note_path(), ignored);
}

std::string MultipartUpload::version_of_file() const {
  struct stat status{};
  if (::fstat(file_.get(), &status) != 0)
    throw system_error(errno, fmt::format("stat \"{}\"", path_.string()));
  return fmt::format("{} {}.{} {}.{}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                     status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

fs::path MultipartUpload::note_path() const {
  Digest name(DigestKind::Sha256);
  const std::string text = client_.options().bucket + "/" + key_;
  name.update(std::as_bytes(std::span(text)));
  return client_.options().resume_folder / (name.finish_hex() + ".upload");
}

void MultipartUpload::begin_or_resume() {
  if (client_.options().resume_folder.empty()) return begin();
  create_folder(client_.options().resume_folder);
  if (!resume()) begin();
}

// Goes on with an upload that is noted, of the same bytes cut in the same way, if the server still has it.
bool MultipartUpload::resume() {
  std::error_code ignored;
  if (!fs::exists(note_path(), ignored)) return false;
  const Json note = Json::parse(read_text_file(note_path()), nullptr, false);
  if (!note.is_object() || note.value("sha256", "") != digest_.sha256 ||
      note.value("parts", 0U) != parts_.size() || note.value("storage_class", "") != storage_class_) {
    return false;
  }
  upload_id_ = note.value("upload_id", "");
  int after = 0;
  for (bool is_truncated = true; is_truncated;) {
    const net::HttpResponse response =
        client_.send({.method = "GET",
                      .key = key_,
                      .query = {{"uploadId", upload_id_}, {"part-number-marker", std::to_string(after)}}},
                     attempt_, {404});
    pugi::xml_document answer;
    if (response.status == 404 || !answer.load_buffer(response.body.data(), response.body.size()))
      return false;
    const pugi::xml_node root = answer.child("ListPartsResult");
    for (const pugi::xml_node& entry : root.children("Part")) {
      after = std::atoi(entry.child_value("PartNumber"));
      const auto at = static_cast<std::size_t>(after) - 1;
      if (at >= parts_.size()) return false;
      const UploadDigest digest = digest_for_upload(file_, path_, parts_[at].offset, parts_[at].length);
      // A part that is not what it should be is sent again.
      if (bare_etag(entry.child_value("ETag")) == digest.md5_hex()) {
        etags_[after] = entry.child_value("ETag");
        sent_[after] = parts_[at].length;
      }
    }
    is_truncated = std::string_view(root.child_value("IsTruncated")) == "true" && after > 0;
  }
  log(LogLevel::Info, "upload.resumed", {{"key", key_}, {"parts", etags_.size()}, {"of", parts_.size()}});
  return true;
}

void MultipartUpload::begin() {
  etags_.clear();
  sent_.clear();
  S3Request request{.method = "POST", .key = key_, .query = {{"uploads", ""}}};
  if (!storage_class_.empty()) request.headers.emplace_back("x-amz-storage-class", storage_class_);
  const net::HttpResponse response = client_.send(request, attempt_);
  pugi::xml_document answer;
  answer.load_buffer(response.body.data(), response.body.size());
  upload_id_ = answer.child("InitiateMultipartUploadResult").child_value("UploadId");
  if (upload_id_.empty()) throw Error(ErrorKind::Unavailable, attempt_ + ": the server began no upload");
  if (client_.options().resume_folder.empty()) return;
  Json note;
  note["key"] = key_;
  note["upload_id"] = upload_id_;
  note["sha256"] = digest_.sha256;
  note["parts"] = parts_.size();
  note["storage_class"] = storage_class_;
  write_text_file(note_path(), note.dump());
}

void MultipartUpload::upload_parts() {
  std::vector<Part> missing;
  for (const Part& part : parts_) {
    if (!etags_.contains(part.number)) missing.push_back(part);
  }
  for_each_parallel(missing.size(), client_.options().parallel_parts,
                    [&](std::size_t i) { upload_part(missing[i]); });
}

void MultipartUpload::upload_part(const Part& part) {
  const UploadDigest digest = digest_for_upload(file_, path_, part.offset, part.length);
  const S3Request request{
      .method = "PUT",
      .key = key_,
      .query = {{"partNumber", std::to_string(part.number)}, {"uploadId", upload_id_}},
      .headers = digest.md5_header(),
      .file = &file_,
      .path = &path_,
      .offset = part.offset,
      .length = part.length,
      .payload_sha256 = digest.sha256_hex(),
      .on_sent = [&](std::uint64_t sent) {
        const std::lock_guard lock(mutex_);
        sent_[part.number] = sent;
        if (!on_progress_) return;
        on_progress_(std::accumulate(sent_.begin(), sent_.end(), std::uint64_t{0},
                                     [](auto sum, const auto& each) { return sum + each.second; }));
      }};
  const net::HttpResponse response = client_.send(request, attempt_);
  digest.verify(response, attempt_);
  const std::lock_guard lock(mutex_);
  etags_[part.number] = response.header("etag");
}

void MultipartUpload::complete() {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("CompleteMultipartUpload");
  for (const Part& part : parts_) {
    pugi::xml_node entry = root.append_child("Part");
    entry.append_child("PartNumber").text().set(part.number);
    entry.append_child("ETag").text().set(etags_.at(part.number).c_str());
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw);
  const UploadDigest digest = digest_for_upload(text.str());
  const net::HttpResponse response = client_.send({.method = "POST",
                                                   .key = key_,
                                                   .query = {{"uploadId", upload_id_}},
                                                   .text = text.str(),
                                                   .payload_sha256 = digest.sha256_hex()},
                                                  attempt_, {404});
  if (response.status == 404 && !is_complete()) {
    throw Error(ErrorKind::NotFound, attempt_ + ": the server has forgotten the upload");
  }
  // The head of the answer may be sent, with status 200, before the work is done.
  const std::string code = response.status == 404 ? "" : s3_error_code(response.body);
  if (!code.empty()) {
    throw Error(ErrorKind::Unavailable, fmt::format("{}: {}", attempt_, s3_error_text(response.body)));
  }
}

// Asked when the answer to its completion got lost and the repetition finds no upload: is it there, made of
// our parts?
bool MultipartUpload::is_complete() {
  const net::HttpResponse head = client_.send({.method = "HEAD", .key = key_}, attempt_, {404});
  Digest of_parts(DigestKind::Md5);
  for (const Part& part : parts_) {
    of_parts.update(digest_for_upload(file_, path_, part.offset, part.length).md5);
  }
  const std::string expected = of_parts.finish_hex() + "-" + std::to_string(parts_.size());
  return head.status == 200 && bare_etag(head.header("etag")) == expected;
}

void MultipartUpload::abort() noexcept {
  try {
    client_.send({.method = "DELETE", .key = key_, .query = {{"uploadId", upload_id_}}}, attempt_, {404});
    forget();
  } catch (const std::exception& exception) {
    // `heaters gc` ends it later.
    log(LogLevel::Warning, "upload.left", {{"key", key_}, {"error", exception.what()}});
  }
}

}  // namespace heaters::storage

#include "web/uploads.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"

namespace heaters::web {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void not_found(const std::string& id) {
  throw Error(ErrorKind::NotFound, fmt::format("find upload \"{}\": there is none with that id", id));
}

// What a browser calls a file may be a path on the machine it runs on.
std::string file_name(const std::string& name) {
  const std::string clean = printable(valid_utf8(name));
  const auto slash = clean.find_last_of("/\\");
  return slash == std::string::npos ? clean : clean.substr(slash + 1);
}

}  // namespace

Uploads::Uploads(fs::path folder, Options options) : folder_(std::move(folder)), options_(options) {
  create_folder(folder_);
}

fs::path Uploads::note_of(const std::string& id) const {
  return folder_ / (id + ".json");
}

fs::path Uploads::file_of(const std::string& id) const {
  return folder_ / id;
}

void Uploads::write_note(const Upload& upload) const {
  Json json;
  json["name"] = upload.name;
  json["owner"] = upload.owner;
  json["bytes"] = upload.bytes;
  json["video_id"] = upload.video_id ? Json(upload.video_id->text()) : Json(nullptr);
  // Whole or not there: renamed into place.
  const fs::path fresh = folder_ / ("." + upload.id + ".part");
  write_text_file(fresh, json.dump());
  fs::rename(fresh, note_of(upload.id));
  sync_directory(folder_);
}

Upload Uploads::create(const std::string& name, std::uint64_t bytes, const std::string& owner) {
  const Upload upload{.id = new_ulid(), .name = file_name(name), .owner = owner, .bytes = bytes};
  if (upload.name.empty()) throw Error(ErrorKind::InvalidInput, "upload: the file has no name");
  if (bytes == 0 || bytes > options_.most_bytes) {
    throw Error(ErrorKind::InvalidInput, fmt::format("upload \"{}\": it must have from 1 to {} bytes",
                                                     upload.name, options_.most_bytes));
  }
  remove_abandoned();
  if (static_cast<int>(all().size()) >= options_.most_open) {
    throw Error(ErrorKind::Exhausted,
                fmt::format("upload \"{}\": {} others are not finished", upload.name, options_.most_open));
  }
  const fs::space_info space = fs::space(folder_);
  if (space.available < bytes) {
    throw Error(ErrorKind::Exhausted,
                fmt::format("upload \"{}\": {} bytes do not fit on the disk", upload.name, bytes));
  }
  write_file(file_of(upload.id), {});
  write_note(upload);
  return upload;
}

std::optional<Upload> Uploads::find(const std::string& id) const {
  std::error_code code;
  if (!is_ulid(id) || !fs::exists(note_of(id), code)) return std::nullopt;
  const Json note = Json::parse(read_text_file(note_of(id)), nullptr, false);
  if (!note.is_object()) return std::nullopt;
  Upload upload{.id = id,
                .name = note.value("name", ""),
                .owner = note.value("owner", ""),
                .bytes = note.value("bytes", std::uint64_t{0})};
  if (note.contains("video_id") && note["video_id"].is_string()) {
    upload.video_id = catalog::VideoId::parse(note["video_id"].get<std::string>());
  }
  upload.offset = upload.bytes;
  if (!upload.video_id) {
    const std::uint64_t there = fs::file_size(file_of(id), code);
    if (code) return std::nullopt;
    upload.offset = std::min(there, upload.bytes);
  }
  return upload;
}

std::vector<Upload> Uploads::all() const {
  std::vector<Upload> found;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() != ".json") continue;
    auto upload = find(entry.path().stem().string());
    if (upload && !upload->video_id) found.push_back(*std::move(upload));
  }
  std::sort(found.begin(), found.end(), [](const Upload& a, const Upload& b) { return a.id > b.id; });
  return found;
}

void Uploads::remove(const std::string& id) {
  if (!find(id)) not_found(id);
  const auto lock = FileLock::try_file(folder_ / (id + ".lock"));
  if (!lock) throw Error(ErrorKind::Conflict, fmt::format("remove upload {}: it is being written to", id));
  std::error_code ignored;
  fs::remove(note_of(id), ignored);
  fs::remove(file_of(id), ignored);
}

void Uploads::remove_abandoned() {
  const auto oldest = fs::file_time_type::clock::now() - options_.keep;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    if (entry.path().extension() != ".json") continue;
    const std::string id = entry.path().stem().string();
    std::error_code code;
    const fs::path newest = fs::exists(file_of(id), code) ? file_of(id) : entry.path();
    const auto written = fs::last_write_time(newest, code);
    if (code || written > oldest) continue;
    try {
      remove(id);
    } catch (const Error&) {
      // Somebody goes on with it after all.
      continue;
    }
  }
}

Uploads::Writer::Writer(Upload upload, fs::path path, FileLock lock)
    : upload_(std::move(upload)), path_(std::move(path)), lock_(std::move(lock)) {
  file_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_APPEND));
  if (file_.get() < 0) throw system_error(errno, fmt::format("write upload \"{}\"", path_.string()));
}

void Uploads::Writer::write(std::string_view piece) {
  if (piece.size() > upload_.bytes - upload_.offset) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("write upload {}: more than {} bytes came", upload_.id, upload_.bytes));
  }
  write_all(file_, std::as_bytes(std::span(piece)), path_);
  upload_.offset += piece.size();
}

void Uploads::Writer::sync() {
  if (::fdatasync(file_.get()) != 0) throw system_error(errno, fmt::format("sync \"{}\"", path_.string()));
}

Uploads::Writer Uploads::open(const std::string& id, std::uint64_t offset) {
  if (!find(id)) not_found(id);
  auto lock = FileLock::try_file(folder_ / (id + ".lock"));
  if (!lock)
    throw Error(ErrorKind::Conflict, fmt::format("write upload {}: another connection writes to it", id));
  // How far it is is told under the lock.
  auto upload = find(id);
  if (!upload) not_found(id);
  if (upload->offset != offset) {
    throw Error(ErrorKind::Conflict,
                fmt::format("write upload {}: it is at byte {}, not at {}", id, upload->offset, offset));
  }
  if (upload->video_id) throw Error(ErrorKind::Conflict, fmt::format("write upload {}: it is complete", id));
  return Writer(*std::move(upload), file_of(id), *std::move(lock));
}

void Uploads::discard(const Writer& writer) {
  std::error_code ignored;
  fs::remove(note_of(writer.upload().id), ignored);
  fs::remove(file_of(writer.upload().id), ignored);
}

void Uploads::submitted(const Writer& writer, const catalog::VideoId& video) {
  Upload upload = writer.upload();
  upload.video_id = video;
  write_note(upload);
  std::error_code ignored;
  fs::remove(file_of(upload.id), ignored);
}

}  // namespace heaters::web

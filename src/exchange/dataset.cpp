#include "exchange/dataset.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <system_error>

#include "base/check.h"
#include "base/error.h"

namespace heaters::exchange {

namespace fs = std::filesystem;

Json dataset_record(const TimelineMedia& media, const TimelineEntry& entry) {
  Json json = entry.facts;
  json["video"] = media.title;
  json["begin_frame"] = entry.span.begin;
  json["end_frame"] = entry.span.end;
  json["begin_time"] = entry.begin_seconds;
  json["end_time"] = entry.end_seconds;
  json["duration"] = entry.end_seconds - entry.begin_seconds;
  json["frames"] = entry.span.length();
  json["frame_rate"] = to_double(media.frame_rate);
  json["width"] = media.width;
  json["height"] = media.height;
  return json;
}

std::string to_jsonl(const Timeline& timeline) {
  std::string text;
  for (const TimelineEntry& entry : timeline.entries) {
    text += json_text(dataset_record(timeline.media[entry.media], entry)) + "\n";
  }
  return text;
}

// One tar file, written beside its place.
class TarShards::Shard {
 public:
  explicit Shard(fs::path path)
      : path_(std::move(path)), owner_(archive_write_new()), archive_(owner_.get()) {
    HEATERS_CHECK(archive_ != nullptr);
    check(archive_write_set_format_pax_restricted(archive_));
    check(archive_write_open_filename(archive_, part().c_str()));
  }
  ~Shard() {
    owner_.reset();
    std::error_code ignored;
    fs::remove(part(), ignored);
  }
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  void add_text(const std::string& name, const std::string& text) {
    begin(name, text.size());
    write(text.data(), text.size());
  }

  void add_file(const std::string& name, const fs::path& file) {
    begin(name, fs::file_size(file));
    std::ifstream in(file, std::ios::binary);
    std::array<char, std::size_t{1} << 16> buffer;
    while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
      write(buffer.data(), static_cast<std::size_t>(in.gcount()));
    }
    if (!in.eof()) throw Error(ErrorKind::Unavailable, fmt::format("read \"{}\"", file.string()));
  }

  void finish() {
    check(archive_write_close(archive_));
    fs::rename(part(), path_);
  }

 private:
  fs::path part() const { return path_.string() + ".part"; }

  void begin(const std::string& name, std::uint64_t bytes) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname_utf8(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 0, 0);
    const int code = archive_write_header(archive_, entry);
    archive_entry_free(entry);
    check(code);
  }

  void write(const char* data, std::size_t bytes) {
    if (archive_write_data(archive_, data, bytes) < 0) check(ARCHIVE_FATAL);
  }

  void check(int code) const {
    if (code == ARCHIVE_OK) return;
    const int cause = archive_errno(archive_);
    throw Error(
        cause == ENOSPC ? ErrorKind::Exhausted : ErrorKind::Unavailable,
        fmt::format("write \"{}\": {}", path_.string(),
                    archive_error_string(archive_) != nullptr ? archive_error_string(archive_) : "failed"));
  }

  struct Free {
    void operator()(archive* each) const { archive_write_free(each); }
  };

  fs::path path_;
  std::unique_ptr<archive, Free> owner_;
  archive* archive_;
};

TarShards::TarShards(fs::path directory, std::string stem, std::uint64_t most_bytes, std::size_t most_samples)
    : directory_(std::move(directory)),
      stem_(std::move(stem)),
      most_bytes_(most_bytes),
      most_samples_(most_samples) {}

TarShards::~TarShards() = default;

fs::path TarShards::path_of(std::size_t number) const {
  return directory_ / fmt::format("{}-{:06}.tar", stem_, number);
}

void TarShards::add(const std::string& key, const std::vector<Member>& members) {
  HEATERS_CHECK(key.find_first_of("./") == std::string::npos);
  std::uint64_t bytes = 0;
  for (const Member& member : members) {
    bytes += member.file.empty() ? member.text.size() : fs::file_size(member.file);
  }
  if (shard_ && (bytes_ + bytes > most_bytes_ || samples_ == most_samples_)) close();
  if (!shard_) shard_ = std::make_unique<Shard>(path_of(written_.size()));
  for (const Member& member : members) {
    const std::string name = key + "." + member.extension;
    if (member.file.empty()) {
      shard_->add_text(name, member.text);
    } else {
      shard_->add_file(name, member.file);
    }
  }
  bytes_ += bytes;
  ++samples_;
}

void TarShards::close() {
  shard_->finish();
  shard_.reset();
  written_.push_back(path_of(written_.size()));
  bytes_ = 0;
  samples_ = 0;
}

std::vector<fs::path> TarShards::finish() {
  if (shard_) close();
  return written_;
}

}  // namespace heaters::exchange

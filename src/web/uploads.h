#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/file_lock.h"
#include "catalog/video.h"

namespace heaters::web {

// An upload: a file that arrives in pieces, over any number of connections and restarts of the server.
struct Upload {
  std::string id;
  std::string name;  // as its owner calls the file
  std::string owner;
  std::uint64_t bytes = 0;                   // of the whole
  std::uint64_t offset = 0;                  // of the next byte that is missing
  std::optional<catalog::VideoId> video_id;  // once it is submitted

  bool is_complete() const { return offset == bytes; }
};

// What is being uploaded: for each a file with the bytes that are there, and a note beside it, in a folder of
// this machine. How far it has come is the length of the file, so nothing can disagree with it. Thread-safe,
// and safe for several processes. Throws Error.
class Uploads {
 public:
  struct Options {
    std::uint64_t most_bytes = std::uint64_t{200} << 30;  // of one
    int most_open = 100;
    std::chrono::hours keep{24 * 7};  // of one that does not go on
  };

  // Creates the folder.
  Uploads(std::filesystem::path folder, Options options);

  // Those that were abandoned make room first. InvalidInput for a name or size that is none, Exhausted when
  // there are too many.
  Upload create(const std::string& name, std::uint64_t bytes, const std::string& owner);
  std::optional<Upload> find(const std::string& id) const;
  // Newest first, those that are not submitted.
  std::vector<Upload> all() const;
  void remove(const std::string& id);
  // Those that nobody added to for too long, and the notes of submitted ones.
  void remove_abandoned();

  // Appends to one upload; one writer at a time. What was written stays when the writer goes away.
  class Writer {
   public:
    const Upload& upload() const { return upload_; }
    // Throws InvalidInput when more comes than was announced.
    void write(std::string_view piece);
    // The bytes that are there survive a crash.
    void sync();
    std::filesystem::path path() const { return path_; }

   private:
    friend class Uploads;
    Writer(Upload upload, std::filesystem::path path, FileLock lock);
    Upload upload_;
    std::filesystem::path path_;
    FileLock lock_;
    FileDescriptor file_;
  };
  // NotFound; Conflict when another writes to it or the upload is not at `offset`.
  Writer open(const std::string& id, std::uint64_t offset);

  // What is written to turned out to be of no use.
  void discard(const Writer& writer);
  // The upload has become a submission: its bytes are elsewhere, the note stays for who asks.
  void submitted(const Writer& writer, const catalog::VideoId& video);

 private:
  std::filesystem::path note_of(const std::string& id) const;
  std::filesystem::path file_of(const std::string& id) const;
  void write_note(const Upload& upload) const;

  std::filesystem::path folder_;
  Options options_;
};

}  // namespace heaters::web

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "exchange/timeline.h"

namespace heaters::exchange {

// What a data set says of one clip: video, frames, times, picture and the facts, one flat object.
Json dataset_record(const TimelineMedia& media, const TimelineEntry& entry);

// A line of JSON per entry (JSON Lines), as dataset_record(). With a fact "file_name" it is what Hugging
// Face's "videofolder" reads as metadata.jsonl beside the files.
std::string to_jsonl(const Timeline& timeline);

// Samples in tar files of bounded size, `<stem>-000000.tar`, …, as WebDataset reads them: the files of one
// sample lie side by side and share their name up to the first dot. The same samples make the same bytes.
// A file appears under its name when it is whole. Not thread-safe.
class TarShards {
 public:
  struct Member {
    std::string extension;       // "mp4", "json"
    std::filesystem::path file;  // empty: `text` is the content
    std::string text;
  };

  // A shard ends before the sample that would take it beyond `most_bytes` or `most_samples`.
  TarShards(std::filesystem::path directory, std::string stem, std::uint64_t most_bytes,
            std::size_t most_samples);
  // Unfinished shards leave nothing.
  ~TarShards();
  TarShards(const TarShards&) = delete;
  TarShards& operator=(const TarShards&) = delete;

  // `key` must hold neither dots nor slashes. Throws Error as writing files does.
  void add(const std::string& key, const std::vector<Member>& members);
  // The shards that were written.
  std::vector<std::filesystem::path> finish();

 private:
  class Shard;

  std::filesystem::path path_of(std::size_t number) const;
  void close();

  std::filesystem::path directory_;
  std::string stem_;
  std::uint64_t most_bytes_;
  std::size_t most_samples_;
  std::unique_ptr<Shard> shard_;
  std::uint64_t bytes_ = 0;
  std::size_t samples_ = 0;
  std::vector<std::filesystem::path> written_;
};

}  // namespace heaters::exchange

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/json.h"
#include "exchange/dataset.h"

namespace heaters::app {

// How exported files are laid out for who trains on them.
enum class DatasetLayout {
  Jsonl,       // the files, and metadata.jsonl naming each: Hugging Face's "videofolder"
  WebDataset,  // tar files with a clip and its JSON after the other
};
std::optional<DatasetLayout> parse_dataset_layout(std::string_view text);  // "jsonl", "webdataset"

// Writes one data set into a folder.
class DatasetWriter {
 public:
  DatasetWriter(DatasetLayout layout, std::filesystem::path directory);

  // Where a file of that name is to be put before it is added.
  std::filesystem::path place(const std::string& name) const;
  // A file at its place, and what is known of it.
  void add(const std::filesystem::path& file, const Json& record);
  // Writes what tells of all of them. Without it tar files are not there.
  void finish();

 private:
  DatasetLayout layout_;
  std::filesystem::path directory_;
  std::optional<TemporaryDirectory> waiting_;  // files that go into tar files
  std::string lines_;
  std::optional<exchange::TarShards> shards_;
};

}  // namespace heaters::app

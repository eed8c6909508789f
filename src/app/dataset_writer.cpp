#include "app/dataset_writer.h"

#include <algorithm>

#include "base/utf8.h"

namespace heaters::app {

namespace fs = std::filesystem;

namespace {
// What WebDataset's own writer does by default.
constexpr std::uint64_t shard_bytes = 3'000'000'000;
constexpr std::size_t shard_samples = 100'000;
}  // namespace

std::optional<DatasetLayout> parse_dataset_layout(std::string_view text) {
  if (text == "jsonl") return DatasetLayout::Jsonl;
  if (text == "webdataset") return DatasetLayout::WebDataset;
  return std::nullopt;
}

DatasetWriter::DatasetWriter(DatasetLayout layout, fs::path directory)
    : layout_(layout), directory_(std::move(directory)) {
  create_folder(directory_);
  if (layout_ == DatasetLayout::WebDataset) {
    waiting_.emplace(directory_);
    shards_.emplace(directory_, "clips", shard_bytes, shard_samples);
  }
}

fs::path DatasetWriter::place(const std::string& name) const {
  return (waiting_ ? waiting_->path() : directory_) / name;
}

void DatasetWriter::add(const fs::path& file, const Json& record) {
  if (layout_ == DatasetLayout::Jsonl) {
    Json line;
    line["file_name"] = valid_utf8(file.filename().string());
    line.update(record);
    lines_ += json_text(line) + "\n";
    return;
  }
  // A dot ends the name that the files of a sample share.
  std::string key = file.stem().string();
  std::replace(key.begin(), key.end(), '.', '_');
  shards_->add(key, {{file.extension().string().substr(1), file, {}}, {"json", {}, json_text(record)}});
  fs::remove(file);
}

void DatasetWriter::finish() {
  if (layout_ == DatasetLayout::Jsonl) {
    const fs::path part = directory_ / "metadata.jsonl.part";
    write_text_file(part, lines_);
    fs::rename(part, directory_ / "metadata.jsonl");
  } else {
    shards_->finish();
  }
}

}  // namespace heaters::app

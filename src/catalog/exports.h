#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/video.h"
#include "db/database.h"

namespace heaters::catalog {

struct Export;
using ExportId = Id<Export>;

// A file that was asked for: frames of a video, as a preset makes them.
struct Export {
  ExportId id;
  VideoId video_id;
  FrameSpan span;
  std::string preset;                        // "source", "web", "prores", "ffv1", "h264-lossless"
  std::string settings;                      // of the preset, as text; empty: it has none
  std::optional<std::string> storage_class;  // that was asked for; nullopt: the store's own
  std::string batch;                         // what one job makes together
  std::string state;                         // "queued", "ready", "failed"
  std::string requested_at;
  std::string changed_at;
  std::optional<std::string> artifact_key;  // when ready
  std::optional<std::string> report;        // when ready, JSON
  std::optional<std::string> error_kind;    // when failed
  std::optional<std::string> error;
};

// What spans are asked for as. The preset and its settings tell exports of one span apart.
struct ExportWish {
  std::string preset = "source";
  std::string settings;
  std::string storage_class;  // empty: the store's own
};

// The rows about exports. Borrows the connection, and works in whatever transaction is open on it; not
// thread-safe.
class Exports {
 public:
  explicit Exports(db::Database& database) : database_(database) {}

  // The exports of these spans, in their order. Those that are not there, or failed, are queued as part of
  // `batch`; the others are as they were. Needs an open transaction.
  std::vector<Export> request(const VideoId& video, std::span<const FrameSpan> spans, const ExportWish& wish,
                              std::string_view batch);

  std::optional<Export> find(const ExportId& id);
  // By their first frames.
  std::vector<Export> of_video(const VideoId& video);
  std::vector<Export> of_batch(std::string_view batch);
  // Of all videos, the newest first.
  std::vector<Export> page(int limit, int offset);
  std::int64_t count();
  // Batches that have queued exports.
  std::vector<std::string> unfinished_batches();

  // The artifact's row must be there.
  void ready(const ExportId& id, std::string_view artifact_key, std::string_view report);
  void failed(const ExportId& id, const Error& error);
  // All queued ones of a batch.
  void failed_batch(std::string_view batch, const Error& error);

 private:
  std::vector<Export> select(std::string_view where, std::string_view value);

  db::Database& database_;
};

}  // namespace heaters::catalog

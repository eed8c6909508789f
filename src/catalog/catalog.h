#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "catalog/video.h"
#include "db/database.h"

namespace heaters::catalog {

// A clip whose id, begin_frame, end_frame, begin_kind, score, decision and is_grouped are the columns of the
// row from `column` on.
Clip clip_at(const db::Statement& row, int column);

// The rows about videos, in the embedded SQLite database or in PostgreSQL. Objects come before rows: a video
// is recorded when all its artifacts are in the store, so that a row never names what is not there. Borrows
// the connection, and works in whatever transaction is open on it. Not thread-safe. Throws Error as
// db::Database does.
class Catalog {
 public:
  explicit Catalog(db::Database& database) : database_(database) {}

  // Needs an open transaction. Conflict, at the latest when it commits, when another video, no copy, has the
  // same source bytes.
  void record(const IngestedVideo& ingested);

  // An artifact that was made of a video later; takes the place of one with the same key.
  void add_artifact(const VideoId& id, const Artifact& artifact);

  std::optional<Video> find(const VideoId& id);
  // The first video made of these bytes.
  std::optional<Video> find_by_source(std::string_view sha256);

  // Newest first.
  std::vector<Video> videos(int limit, int offset);

  std::vector<Artifact> artifacts(const VideoId& id);
  std::optional<Artifact> find_artifact(std::string_view key);
  // What a browser plays.
  std::optional<Artifact> find_proxy(const VideoId& id);
  // The keys of all artifacts, sorted bytewise.
  std::vector<std::string> artifact_keys();
  std::vector<Cut> cuts(const VideoId& id);
  std::vector<Clip> clips(const VideoId& id);
  std::optional<PlacedClip> find_clip(const ClipId& id);
  std::vector<KeyframeOffset> keyframes(const VideoId& id);

 private:
  void insert_video(const Video& video);

  db::Database& database_;
};

}  // namespace heaters::catalog

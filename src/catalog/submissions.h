#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "catalog/video.h"
#include "db/database.h"

namespace heaters::catalog {

// What was asked for: becomes a video, turns out to be one that is there already, or fails.
struct Submission {
  VideoId video_id;
  std::string origin;  // path or URL
  std::string title;
  bool is_copy = false;
  std::optional<std::string> source_key;  // of the stored source, when it was stored before the answer
  std::string state = "queued";
  std::string submitted_at;  // filled in by the catalog, like everything below
  std::string changed_at;
  std::optional<std::string> source_sha256;
  std::optional<VideoId> duplicate_of;
  std::optional<std::string> error_kind;
  std::optional<std::string> error;
  std::optional<std::string> fetched;  // what a URL turned out to be, JSON; see docs/json.md

  bool is_finished() const { return state == "ready" || state == "duplicate" || state == "failed"; }
};

// The rows about submissions and their progress. Borrows the connection, and works in whatever transaction is
// open on it; each change sets changed_at. Not thread-safe.
class Submissions {
 public:
  explicit Submissions(db::Database& database) : database_(database) {}

  void add(const Submission& submission);
  std::optional<Submission> find(const VideoId& id);
  // The ids of those that are neither ready, duplicates nor failed.
  std::vector<VideoId> unfinished();

  // Claims the bytes for this submission. False when another one works on the same bytes, unless a copy is
  // meant.
  bool acquired(const VideoId& id, std::string_view sha256);
  // What a URL turned out to be.
  void fetched(const VideoId& id, std::string_view title, std::string_view json);
  void ingested(const VideoId& id);
  void ready(const VideoId& id);
  void duplicate(const VideoId& id, const VideoId& original);
  void failed(const VideoId& id, const Error& error);
  // An attempt failed that will be repeated; told until the next step is taken.
  void note_error(const VideoId& id, const Error& error);
  // From the beginning again: after a failure that somebody wants retried, or when the node that had the
  // files is gone.
  void queued(const VideoId& id);

  void set_progress(const VideoId& id, const Progress& progress);
  std::optional<Progress> progress(const VideoId& id);
  void clear_progress(const VideoId& id);

 private:
  void set_state(const VideoId& id, std::string_view state);

  db::Database& database_;
};

}  // namespace heaters::catalog

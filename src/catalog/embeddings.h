#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/video.h"
#include "db/database.h"

namespace heaters::catalog {

// What a model says of the frames of a clip: a direction, one signed byte a dimension.
struct Embedding {
  ClipId clip_id;
  VideoId video_id;
  FrameSpan span;  // of the clip when it was made; of another span it is stale
  std::vector<std::int8_t> vector;
};

// A vector as rows and addresses have it: base64 of its bytes, which base64_decoded_signed() reads.
std::string vector_text(std::span<const std::int8_t> vector);

// By which model, and from which of a clip's frames.
struct EmbeddingKind {
  std::string model;     // "look/1", or the SHA-256 of a model's file
  std::string strategy;  // "all", "midpoint", "thirds", "sharpest"
  bool operator==(const EmbeddingKind&) const = default;
};

// A clip as search knows it.
struct EmbeddedClip {
  ClipId clip_id;
  VideoId video_id;
  FrameSpan span;
  bool operator==(const EmbeddedClip&) const = default;
};

// The clip of a row that begins with clip, video, begin and end.
EmbeddedClip embedded_clip_at(const db::Statement& row);

// How many clips have an embedding of one kind, and how many lack it.
struct EmbeddingCounts {
  std::int64_t embedded = 0;
  std::int64_t missing = 0;
};

// The rows about embeddings. Borrows the connection, and works in whatever transaction is open on it; not
// thread-safe.
class Embeddings {
 public:
  explicit Embeddings(db::Database& database) : database_(database) {}

  // In place of what was there of the same clips.
  void put(const EmbeddingKind& kind, std::span<const Embedding> embeddings);

  // Clips that have an embedding of their present span, by id.
  std::vector<EmbeddedClip> embedded(const EmbeddingKind& kind);
  // Those vectors, of some clips.
  std::vector<Embedding> find(const EmbeddingKind& kind, std::span<const ClipId> clips);
  // That of a clip's present span; nullopt: the clip is not there, or not embedded.
  std::optional<std::vector<std::int8_t>> vector_of(const EmbeddingKind& kind, const ClipId& clip);
  // Clips that have none, by video; of one video.
  std::vector<EmbeddedClip> missing(const EmbeddingKind& kind);
  std::vector<EmbeddedClip> missing(const EmbeddingKind& kind, const VideoId& id);
  // Videos with such clips, oldest first; only those that something was decided of after a decision.
  std::vector<VideoId> videos_missing(const EmbeddingKind& kind);
  std::vector<VideoId> videos_missing(const EmbeddingKind& kind, std::int64_t after_decision);
  // The id of the newest decision; 0: there is none.
  std::int64_t newest_decision();
  EmbeddingCounts counts(const EmbeddingKind& kind);
  // Changes whenever embedded() might.
  std::string version(const EmbeddingKind& kind);

 private:
  db::Database& database_;
};

}  // namespace heaters::catalog

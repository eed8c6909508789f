#include "catalog/embeddings.h"

#include <algorithm>

#include "base/base64.h"
#include "base/check.h"
#include "base/error.h"

namespace heaters::catalog {

namespace {

template <typename Id>
Id id_in(const db::Statement& row, int column) {
  const auto id = Id::parse(row.text(column));
  HEATERS_CHECK(id.has_value());
  return *id;
}

std::vector<EmbeddedClip> embedded_clips(db::Statement& rows) {
  std::vector<EmbeddedClip> found;
  while (rows.step()) found.push_back(embedded_clip_at(rows));
  return found;
}

std::vector<VideoId> video_ids(db::Statement& rows) {
  std::vector<VideoId> found;
  while (rows.step()) found.push_back(id_in<VideoId>(rows, 0));
  return found;
}

constexpr std::string_view of_present_span =
    "FROM embeddings JOIN clips ON clips.id = embeddings.clip_id AND clips.begin_frame = "
    "embeddings.begin_frame "
    "AND clips.end_frame = embeddings.end_frame WHERE embeddings.model = ? AND embeddings.strategy = ?";

// Every clip, with the embedding of its present span if it has one.
constexpr std::string_view of_all_clips =
    "FROM clips LEFT JOIN embeddings ON embeddings.clip_id = clips.id AND embeddings.model = ? AND "
    "embeddings.strategy = ? AND embeddings.begin_frame = clips.begin_frame AND embeddings.end_frame = "
    "clips.end_frame";

std::vector<std::int8_t> vector_in(const db::Statement& row, int column) {
  auto vector = base64_decoded_signed(row.text(column));
  if (!vector) throw Error(ErrorKind::Corrupt, "read an embedding: its row holds no base64");
  return *std::move(vector);
}

}  // namespace

EmbeddedClip embedded_clip_at(const db::Statement& row) {
  return {id_in<ClipId>(row, 0), id_in<VideoId>(row, 1), {row.integer(2), row.integer(3)}};
}

std::string vector_text(std::span<const std::int8_t> vector) {
  return base64(std::as_bytes(vector));
}

void Embeddings::put(const EmbeddingKind& kind, std::span<const Embedding> embeddings) {
  db::Statement insert = database_.prepare(
      "INSERT INTO embeddings (clip_id, model, strategy, video_id, begin_frame, end_frame, vector) "
      "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (clip_id, model, strategy) DO UPDATE SET video_id = "
      "excluded.video_id, begin_frame = excluded.begin_frame, end_frame = excluded.end_frame, vector = "
      "excluded.vector");
  for (const Embedding& each : embeddings) {
    insert.bind(each.clip_id.text()).bind(kind.model).bind(kind.strategy).bind(each.video_id.text());
    insert.bind(each.span.begin).bind(each.span.end).bind(vector_text(each.vector)).run();
  }
}

std::vector<EmbeddedClip> Embeddings::embedded(const EmbeddingKind& kind) {
  db::Statement rows = database_.prepare(
      "SELECT embeddings.clip_id, embeddings.video_id, embeddings.begin_frame, embeddings.end_frame " +
      std::string(of_present_span) + " ORDER BY embeddings.clip_id");
  rows.bind(kind.model).bind(kind.strategy);
  return embedded_clips(rows);
}

std::vector<Embedding> Embeddings::find(const EmbeddingKind& kind, std::span<const ClipId> clips) {
  std::vector<Embedding> found;
  // As many as a statement may have parameters for.
  constexpr std::size_t most_at_once = 500;
  for (std::size_t begin = 0; begin < clips.size(); begin += most_at_once) {
    const auto some = clips.subspan(begin, std::min(most_at_once, clips.size() - begin));
    std::string places;
    for (std::size_t i = 0; i < some.size(); ++i) places += i == 0 ? "?" : ", ?";
    db::Statement rows = database_.prepare(
        "SELECT clip_id, video_id, begin_frame, end_frame, vector FROM embeddings WHERE model = ? AND "
        "strategy "
        "= ? AND clip_id IN (" +
        places + ")");
    rows.bind(kind.model).bind(kind.strategy);
    for (const ClipId& id : some) rows.bind(id.text());
    while (rows.step()) {
      const EmbeddedClip clip = embedded_clip_at(rows);
      found.push_back({clip.clip_id, clip.video_id, clip.span, vector_in(rows, 4)});
    }
  }
  return found;
}

std::optional<std::vector<std::int8_t>> Embeddings::vector_of(const EmbeddingKind& kind, const ClipId& clip) {
  db::Statement row =
      database_.prepare("SELECT embeddings.vector " + std::string(of_present_span) + " AND clips.id = ?");
  row.bind(kind.model).bind(kind.strategy).bind(clip.text());
  if (!row.step()) return std::nullopt;
  return vector_in(row, 0);
}

std::vector<EmbeddedClip> Embeddings::missing(const EmbeddingKind& kind) {
  db::Statement rows = database_.prepare(
      "SELECT clips.id, clips.video_id, clips.begin_frame, clips.end_frame " + std::string(of_all_clips) +
      " WHERE embeddings.clip_id IS NULL ORDER BY clips.video_id, clips.begin_frame");
  rows.bind(kind.model).bind(kind.strategy);
  return embedded_clips(rows);
}

std::vector<EmbeddedClip> Embeddings::missing(const EmbeddingKind& kind, const VideoId& id) {
  db::Statement rows = database_.prepare(
      "SELECT clips.id, clips.video_id, clips.begin_frame, clips.end_frame " + std::string(of_all_clips) +
      " WHERE embeddings.clip_id IS NULL AND clips.video_id = ? ORDER BY clips.begin_frame");
  rows.bind(kind.model).bind(kind.strategy).bind(id.text());
  return embedded_clips(rows);
}

std::vector<VideoId> Embeddings::videos_missing(const EmbeddingKind& kind) {
  db::Statement rows = database_.prepare("SELECT DISTINCT clips.video_id " + std::string(of_all_clips) +
                                         " WHERE embeddings.clip_id IS NULL ORDER BY clips.video_id");
  rows.bind(kind.model).bind(kind.strategy);
  return video_ids(rows);
}

std::vector<VideoId> Embeddings::videos_missing(const EmbeddingKind& kind, std::int64_t after_decision) {
  db::Statement rows = database_.prepare(
      "SELECT DISTINCT clips.video_id " + std::string(of_all_clips) +
      " WHERE embeddings.clip_id IS NULL AND clips.video_id IN (SELECT video_id FROM decisions WHERE id > ?) "
      "ORDER BY clips.video_id");
  rows.bind(kind.model).bind(kind.strategy).bind(after_decision);
  return video_ids(rows);
}

std::int64_t Embeddings::newest_decision() {
  db::Statement row = database_.prepare("SELECT coalesce(max(id), 0) FROM decisions");
  HEATERS_CHECK(row.step());
  return row.integer(0);
}

EmbeddingCounts Embeddings::counts(const EmbeddingKind& kind) {
  db::Statement row =
      database_.prepare("SELECT count(embeddings.clip_id), count(*) " + std::string(of_all_clips));
  row.bind(kind.model).bind(kind.strategy);
  HEATERS_CHECK(row.step());
  return {row.integer(0), row.integer(1) - row.integer(0)};
}

std::string Embeddings::version(const EmbeddingKind& kind) {
  db::Statement rows = database_.prepare(
      "SELECT (SELECT count(*) FROM embeddings WHERE model = ? AND strategy = ?), (SELECT max(changed_at) "
      "FROM "
      "submissions WHERE state = 'ready'), (SELECT coalesce(max(id), 0) FROM decisions)");
  rows.bind(kind.model).bind(kind.strategy);
  HEATERS_CHECK(rows.step());
  return std::to_string(rows.integer(0)) + "/" + rows.optional_text(1).value_or("") + "/" +
         std::to_string(rows.integer(2));
}

}  // namespace heaters::catalog

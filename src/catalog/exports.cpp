#include "catalog/exports.h"

#include "base/check.h"
#include "base/time.h"

namespace heaters::catalog {

namespace {

const std::string export_columns =
    "id, video_id, begin_frame, end_frame, preset, batch, state, requested_at, changed_at, artifact_key, "
    "report, error_kind, error, settings, storage_class";

Export export_at(const db::Statement& row) {
  const auto id = ExportId::parse(row.text(0));
  const auto video = VideoId::parse(row.text(1));
  HEATERS_CHECK(id && video);
  return {.id = *id,
          .video_id = *video,
          .span = {row.integer(2), row.integer(3)},
          .preset = row.text(4),
          .settings = row.text(13),
          .storage_class = row.optional_text(14),
          .batch = row.text(5),
          .state = row.text(6),
          .requested_at = row.text(7),
          .changed_at = row.text(8),
          .artifact_key = row.optional_text(9),
          .report = row.optional_text(10),
          .error_kind = row.optional_text(11),
          .error = row.optional_text(12)};
}

}  // namespace

std::vector<Export> Exports::select(std::string_view where, std::string_view value) {
  db::Statement rows =
      database_.prepare("SELECT " + export_columns + " FROM exports WHERE " + std::string(where));
  rows.bind(value);
  std::vector<Export> found;
  while (rows.step()) found.push_back(export_at(rows));
  return found;
}

std::vector<Export> Exports::request(const VideoId& video, std::span<const FrameSpan> spans,
                                     const ExportWish& wish, std::string_view batch) {
  const std::string now = format_utc(utc_now());
  db::Statement insert = database_.prepare(
      "INSERT INTO exports (id, video_id, begin_frame, end_frame, preset, batch, state, requested_at, "
      "changed_at, settings, storage_class) "
      "VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?) "
      "ON CONFLICT (video_id, begin_frame, end_frame, preset, settings) DO UPDATE "
      "SET batch = excluded.batch, state = 'queued', changed_at = excluded.changed_at, error_kind = NULL, "
      "error = NULL, storage_class = excluded.storage_class WHERE exports.state = 'failed'");
  std::vector<Export> all;
  all.reserve(spans.size());
  for (const FrameSpan& span : spans) {
    insert.bind(ExportId::make().text()).bind(video.text()).bind(span.begin).bind(span.end);
    insert.bind(wish.preset).bind(batch).bind(now).bind(now).bind(wish.settings);
    insert.bind(wish.storage_class.empty() ? std::nullopt : std::optional(wish.storage_class)).run();
    db::Statement row = database_.prepare("SELECT " + export_columns +
                                          " FROM exports WHERE video_id = ? AND begin_frame = ? AND "
                                          "end_frame = ? AND preset = ? AND settings = ?");
    row.bind(video.text()).bind(span.begin).bind(span.end).bind(wish.preset).bind(wish.settings);
    HEATERS_CHECK(row.step());
    all.push_back(export_at(row));
  }
  return all;
}

std::optional<Export> Exports::find(const ExportId& id) {
  auto found = select("id = ?", id.text());
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<Export> Exports::of_video(const VideoId& video) {
  return select("video_id = ? ORDER BY begin_frame, end_frame, preset, settings", video.text());
}

std::vector<Export> Exports::of_batch(std::string_view batch) {
  return select("batch = ? ORDER BY begin_frame, end_frame, preset, settings", batch);
}

std::vector<Export> Exports::page(int limit, int offset) {
  db::Statement rows = database_.prepare(
      "SELECT " + export_columns + " FROM exports ORDER BY requested_at DESC, id DESC LIMIT ? OFFSET ?");
  rows.bind(limit).bind(offset);
  std::vector<Export> found;
  while (rows.step()) found.push_back(export_at(rows));
  return found;
}

std::int64_t Exports::count() {
  db::Statement rows = database_.prepare("SELECT count(*) FROM exports");
  HEATERS_CHECK(rows.step());
  return rows.integer(0);
}

std::vector<std::string> Exports::unfinished_batches() {
  db::Statement rows =
      database_.prepare("SELECT DISTINCT batch FROM exports WHERE state = 'queued' ORDER BY batch");
  return rows.texts();
}

void Exports::ready(const ExportId& id, std::string_view artifact_key, std::string_view report) {
  database_
      .prepare(
          "UPDATE exports SET state = 'ready', artifact_key = ?, report = ?, error_kind = NULL, error = "
          "NULL, "
          "changed_at = ? WHERE id = ?")
      .bind(artifact_key)
      .bind(report)
      .bind(format_utc(utc_now()))
      .bind(id.text())
      .run();
}

void Exports::failed(const ExportId& id, const Error& error) {
  database_
      .prepare(
          "UPDATE exports SET state = 'failed', error_kind = ?, error = ?, changed_at = ? WHERE id = ? AND "
          "state = 'queued'")
      .bind(to_string(error.kind()))
      .bind(error.what())
      .bind(format_utc(utc_now()))
      .bind(id.text())
      .run();
}

void Exports::failed_batch(std::string_view batch, const Error& error) {
  for (const Export& each : of_batch(batch)) failed(each.id, error);
}

}  // namespace heaters::catalog

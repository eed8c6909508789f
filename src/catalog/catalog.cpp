#include "catalog/catalog.h"

#include <algorithm>

#include "base/check.h"
#include "base/time.h"

namespace heaters::catalog {

namespace {

// One list for both directions, so that a column cannot be read from where another was written.
constexpr std::string_view video_columns =
    "id, title, created_at, source_sha256, copy_of, source_bytes, container, video_codec, audio_codec, "
    "width, height, rotation, frame_count, time_base_num, time_base_den, frame_rate_num, frame_rate_den, "
    "variable_frame_rate, duration_seconds, start_seconds, repaired_timestamps, decode_errors, proxy_rung, "
    "proxy_reason, proxy_key, proxy_shift_seconds, loudness_lufs, loudness_range_lu, sample_peak_dbfs, "
    "waveform_start_seconds, timecode, decode_passes, encoded_streams, wall_seconds, cpu_seconds";

VideoId id_at(const db::Statement& row, int column) {
  const auto id = VideoId::parse(row.text(column));
  HEATERS_CHECK(id.has_value());
  return *id;
}

Video video_at(const db::Statement& row) {
  int column = 0;
  const auto text = [&] { return row.text(column++); };
  const auto integer = [&] { return row.integer(column++); };
  const auto real = [&] { return row.real(column++); };
  const auto optional_text = [&]() -> std::optional<std::string> {
    const bool absent = row.is_null(column);
    auto value = text();
    return absent ? std::nullopt : std::optional(std::move(value));
  };
  const auto optional_real = [&]() -> std::optional<double> {
    const bool absent = row.is_null(column);
    const double value = real();
    return absent ? std::nullopt : std::optional(value);
  };
  Video video{.id = id_at(row, column++)};
  video.title = text();
  video.created_at = text();
  video.source_sha256 = text();
  if (const auto copy_of = optional_text()) video.copy_of = VideoId::parse(*copy_of);
  video.source_bytes = static_cast<std::uint64_t>(integer());
  video.container = text();
  video.video_codec = text();
  video.audio_codec = optional_text();
  video.width = static_cast<int>(integer());
  video.height = static_cast<int>(integer());
  video.rotation = static_cast<int>(integer());
  video.frame_count = integer();
  video.time_base.num = integer();
  video.time_base.den = integer();
  video.frame_rate.num = integer();
  video.frame_rate.den = integer();
  video.variable_frame_rate = integer() != 0;
  video.duration_seconds = real();
  video.start_seconds = real();
  video.repaired_timestamps = integer();
  video.decode_errors = integer();
  video.proxy_rung = text();
  video.proxy_reason = text();
  video.proxy_key = text();
  video.proxy_shift_seconds = real();
  const auto lufs = optional_real();
  const double range = real();
  const double peak = real();
  if (lufs) video.loudness = VideoLoudness{*lufs, range, peak};
  video.waveform_start_seconds = optional_real();
  video.timecode = optional_text();
  video.decode_passes = static_cast<int>(integer());
  video.encoded_streams = static_cast<int>(integer());
  video.wall_seconds = real();
  video.cpu_seconds = real();
  return video;
}

std::string select_videos(std::string_view rest) {
  return "SELECT " + std::string(video_columns) + " FROM videos " + std::string(rest);
}

}  // namespace

std::string_view to_string(Decision decision) {
  switch (decision) {
    case Decision::Approved:
      return "approved";
    case Decision::Skipped:
      return "skipped";
    case Decision::Archived:
      return "archived";
  }
  return "";
}

std::optional<Decision> parse_decision(std::string_view text) {
  for (const Decision decision : {Decision::Approved, Decision::Skipped, Decision::Archived}) {
    if (text == to_string(decision)) return decision;
  }
  return std::nullopt;
}

Clip clip_at(const db::Statement& row, int column) {
  const auto id = ClipId::parse(row.text(column));
  HEATERS_CHECK(id.has_value());
  const auto decision = row.optional_text(column + 5);
  return {.id = *id,
          .span = {row.integer(column + 1), row.integer(column + 2)},
          .begin_kind = row.text(column + 3),
          .score = row.optional_real(column + 4),
          .decision = decision ? parse_decision(*decision) : std::nullopt,
          .is_grouped = row.integer(column + 6) != 0};
}

void Catalog::record(const IngestedVideo& ingested) {
  const Video& video = ingested.video;
  insert_video(video);

  db::Batch batch(database_);

  db::Statement cut = database_.prepare(
      "INSERT INTO cuts (id, video_id, frame, kind, score, frame_count) VALUES (?, ?, ?, ?, ?, ?)");
  const auto insert_cut = [&](FrameNumber frame, std::string_view kind, std::optional<double> score) {
    cut.bind(ClipId::make().text())
        .bind(video.id.text())
        .bind(frame)
        .bind(kind)
        .bind(score)
        .bind(video.frame_count);
    cut.run();
  };
  insert_cut(0, "start", std::nullopt);
  for (const Cut& each : ingested.cuts) insert_cut(each.frame, each.kind, each.score);

  db::Statement artifact = database_.prepare(
      "INSERT INTO artifacts (key, video_id, kind, bytes, sha256, made_by, created_at, storage_class) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  for (const Artifact& each : ingested.artifacts) {
    artifact.bind(each.key).bind(video.id.text()).bind(each.kind).bind(static_cast<std::int64_t>(each.bytes));
    artifact.bind(each.sha256).bind(each.made_by).bind(format_utc(utc_now())).bind(each.storage_class).run();
  }

  db::Statement keyframe = database_.prepare(
      "INSERT INTO keyframe_offsets (video_id, frame, pts, byte_offset) VALUES (?, ?, ?, ?)");
  for (const KeyframeOffset& each : ingested.keyframes) {
    keyframe.bind(video.id.text()).bind(each.frame).bind(each.pts).bind(each.byte_offset).run();
  }
  batch.finish();
}

void Catalog::insert_video(const Video& video) {
  constexpr std::string_view placeholders =
      "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?";
  db::Statement insert = database_.prepare("INSERT INTO videos (" + std::string(video_columns) +
                                           ") VALUES (" + std::string(placeholders) + ")");
  insert.bind(video.id.text()).bind(video.title).bind(format_utc(utc_now())).bind(video.source_sha256);
  insert.bind(video.copy_of ? std::optional(video.copy_of->text()) : std::nullopt);
  insert.bind(static_cast<std::int64_t>(video.source_bytes)).bind(video.container).bind(video.video_codec);
  insert.bind(video.audio_codec)
      .bind(video.width)
      .bind(video.height)
      .bind(video.rotation)
      .bind(video.frame_count);
  insert.bind(video.time_base.num)
      .bind(video.time_base.den)
      .bind(video.frame_rate.num)
      .bind(video.frame_rate.den);
  insert.bind(video.variable_frame_rate).bind(video.duration_seconds).bind(video.start_seconds);
  insert.bind(video.repaired_timestamps)
      .bind(video.decode_errors)
      .bind(video.proxy_rung)
      .bind(video.proxy_reason);
  insert.bind(video.proxy_key).bind(video.proxy_shift_seconds);
  if (video.loudness) {
    insert.bind(video.loudness->integrated_lufs)
        .bind(video.loudness->range_lu)
        .bind(video.loudness->sample_peak_dbfs);
  } else {
    insert.bind(std::nullopt).bind(std::nullopt).bind(std::nullopt);
  }
  insert.bind(video.waveform_start_seconds)
      .bind(video.timecode)
      .bind(video.decode_passes)
      .bind(video.encoded_streams);
  insert.bind(video.wall_seconds).bind(video.cpu_seconds);
  insert.run();
}

std::optional<Video> Catalog::find(const VideoId& id) {
  db::Statement select = database_.prepare(select_videos("WHERE id = ?"));
  select.bind(id.text());
  if (!select.step()) return std::nullopt;
  return video_at(select);
}

std::optional<Video> Catalog::find_by_source(std::string_view sha256) {
  db::Statement select = database_.prepare(select_videos("WHERE source_sha256 = ? AND copy_of IS NULL"));
  select.bind(sha256);
  if (!select.step()) return std::nullopt;
  return video_at(select);
}

std::vector<Video> Catalog::videos(int limit, int offset) {
  db::Statement select = database_.prepare(select_videos("ORDER BY id DESC LIMIT ? OFFSET ?"));
  select.bind(limit).bind(offset);
  std::vector<Video> found;
  while (select.step()) found.push_back(video_at(select));
  return found;
}

namespace {

std::vector<Artifact> select_artifacts(db::Database& database, std::string_view where,
                                       std::string_view parameter) {
  db::Statement select = database.prepare(
      "SELECT key, kind, bytes, sha256, made_by, storage_class FROM artifacts WHERE " + std::string(where));
  select.bind(parameter);
  std::vector<Artifact> found;
  while (select.step()) {
    found.push_back({select.text(0), select.text(1), static_cast<std::uint64_t>(select.integer(2)),
                     select.text(3), select.text(4), select.text(5)});
  }
  return found;
}

std::optional<Artifact> only(std::vector<Artifact> found) {
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

}  // namespace

void Catalog::add_artifact(const VideoId& id, const Artifact& artifact) {
  database_
      .prepare(
          "INSERT INTO artifacts (key, video_id, kind, bytes, sha256, made_by, created_at, storage_class) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes, sha256 = "
          "excluded.sha256, made_by = excluded.made_by, created_at = excluded.created_at, storage_class = "
          "excluded.storage_class")
      .bind(artifact.key)
      .bind(id.text())
      .bind(artifact.kind)
      .bind(static_cast<std::int64_t>(artifact.bytes))
      .bind(artifact.sha256)
      .bind(artifact.made_by)
      .bind(format_utc(utc_now()))
      .bind(artifact.storage_class)
      .run();
}

std::vector<Artifact> Catalog::artifacts(const VideoId& id) {
  return select_artifacts(database_, "video_id = ? ORDER BY kind, key", id.text());
}

std::optional<Artifact> Catalog::find_artifact(std::string_view key) {
  return only(select_artifacts(database_, "key = ?", key));
}

std::optional<Artifact> Catalog::find_proxy(const VideoId& id) {
  return only(select_artifacts(database_, "key = (SELECT proxy_key FROM videos WHERE id = ?)", id.text()));
}

std::vector<std::string> Catalog::artifact_keys() {
  db::Statement select = database_.prepare("SELECT key FROM artifacts");
  std::vector<std::string> keys = select.texts();
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<Cut> Catalog::cuts(const VideoId& id) {
  db::Statement select = database_.prepare(
      "SELECT frame, kind, score FROM cuts WHERE video_id = ? AND frame > 0 ORDER BY frame");
  select.bind(id.text());
  std::vector<Cut> found;
  while (select.step()) {
    found.push_back({select.integer(0), select.text(1), select.optional_real(2)});
  }
  return found;
}

std::vector<Clip> Catalog::clips(const VideoId& id) {
  // Not the view: its subquery would be run for every row.
  db::Statement select = database_.prepare(
      "SELECT id, frame, coalesce(lead(frame) OVER (ORDER BY frame), frame_count), kind, score, decision, "
      "is_grouped FROM cuts WHERE video_id = ? ORDER BY frame");
  select.bind(id.text());
  std::vector<Clip> found;
  while (select.step()) found.push_back(clip_at(select, 0));
  return found;
}

std::optional<PlacedClip> Catalog::find_clip(const ClipId& id) {
  db::Statement select = database_.prepare(
      "SELECT video_id, id, begin_frame, end_frame, begin_kind, score, decision, is_grouped FROM clips WHERE "
      "id = ?");
  select.bind(id.text());
  if (!select.step()) return std::nullopt;
  const auto video = VideoId::parse(select.text(0));
  HEATERS_CHECK(video.has_value());
  return PlacedClip{*video, clip_at(select, 1)};
}

std::vector<KeyframeOffset> Catalog::keyframes(const VideoId& id) {
  db::Statement select = database_.prepare(
      "SELECT frame, pts, byte_offset FROM keyframe_offsets WHERE video_id = ? ORDER BY frame");
  select.bind(id.text());
  std::vector<KeyframeOffset> found;
  while (select.step()) {
    found.push_back({select.integer(0), select.integer(1), select.optional_integer(2)});
  }
  return found;
}

}  // namespace heaters::catalog

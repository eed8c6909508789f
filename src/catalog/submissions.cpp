#include "catalog/submissions.h"

#include "base/check.h"
#include "base/time.h"
#include "base/utf8.h"

namespace heaters::catalog {

namespace {

constexpr std::string_view columns =
    "video_id, origin, title, is_copy, source_key, state, submitted_at, changed_at, source_sha256, "
    "duplicate_of, error_kind, error, fetched";

Submission submission_at(const db::Statement& row) {
  const auto id = VideoId::parse(row.text(0));
  HEATERS_CHECK(id.has_value());
  Submission found{.video_id = *id, .origin = row.text(1), .title = row.text(2)};
  found.is_copy = row.integer(3) != 0;
  found.source_key = row.optional_text(4);
  found.state = row.text(5);
  found.submitted_at = row.text(6);
  found.changed_at = row.text(7);
  found.source_sha256 = row.optional_text(8);
  if (const auto original = row.optional_text(9)) found.duplicate_of = VideoId::parse(*original);
  found.error_kind = row.optional_text(10);
  found.error = row.optional_text(11);
  found.fetched = row.optional_text(12);
  return found;
}

std::string now() {
  return format_utc(utc_now());
}

}  // namespace

void Submissions::add(const Submission& submission) {
  database_
      .prepare(
          "INSERT INTO submissions (video_id, origin, title, is_copy, source_key, state, submitted_at, "
          "changed_at) VALUES (?, ?, ?, ?, ?, 'queued', ?, ?)")
      .bind(submission.video_id.text())
      .bind(submission.origin)
      .bind(submission.title)
      .bind(submission.is_copy)
      .bind(submission.source_key)
      .bind(now())
      .bind(now())
      .run();
}

std::optional<Submission> Submissions::find(const VideoId& id) {
  db::Statement select =
      database_.prepare("SELECT " + std::string(columns) + " FROM submissions WHERE video_id = ?");
  select.bind(id.text());
  if (!select.step()) return std::nullopt;
  return submission_at(select);
}

std::vector<VideoId> Submissions::unfinished() {
  db::Statement select = database_.prepare(
      "SELECT video_id FROM submissions WHERE state IN ('queued', 'acquired', 'ingested') ORDER BY video_id");
  std::vector<VideoId> found;
  while (select.step()) {
    const auto id = VideoId::parse(select.text(0));
    HEATERS_CHECK(id.has_value());
    found.push_back(*id);
  }
  return found;
}

bool Submissions::acquired(const VideoId& id, std::string_view sha256) {
  // Asked first: a broken constraint would end a PostgreSQL transaction. Two that ask at once meet at the
  // unique index.
  db::Statement rival = database_.prepare(
      "SELECT mine.video_id FROM submissions AS mine JOIN submissions AS other ON other.source_sha256 = ? "
      "AND other.video_id <> mine.video_id AND other.state IN ('acquired', 'ingested') AND NOT "
      "other.is_copy WHERE mine.video_id = ? AND NOT mine.is_copy");
  rival.bind(sha256).bind(id.text());
  if (rival.step()) return false;
  database_
      .prepare(
          "UPDATE submissions SET state = 'acquired', source_sha256 = ?, error_kind = NULL, error = NULL, "
          "changed_at = ? WHERE video_id = ?")
      .bind(sha256)
      .bind(now())
      .bind(id.text())
      .run();
  return true;
}

void Submissions::set_state(const VideoId& id, std::string_view state) {
  database_
      .prepare(
          "UPDATE submissions SET state = ?, error_kind = NULL, error = NULL, changed_at = ? WHERE video_id "
          "= ?")
      .bind(state)
      .bind(now())
      .bind(id.text())
      .run();
}

void Submissions::fetched(const VideoId& id, std::string_view title, std::string_view json) {
  database_.prepare("UPDATE submissions SET title = ?, fetched = ?, changed_at = ? WHERE video_id = ?")
      .bind(title)
      .bind(json)
      .bind(now())
      .bind(id.text())
      .run();
}

void Submissions::ingested(const VideoId& id) {
  set_state(id, "ingested");
}

void Submissions::ready(const VideoId& id) {
  set_state(id, "ready");
}

void Submissions::queued(const VideoId& id) {
  set_state(id, "queued");
}

void Submissions::duplicate(const VideoId& id, const VideoId& original) {
  set_state(id, "duplicate");
  database_.prepare("UPDATE submissions SET duplicate_of = ? WHERE video_id = ?")
      .bind(original.text())
      .bind(id.text())
      .run();
}

void Submissions::failed(const VideoId& id, const Error& error) {
  database_
      .prepare(
          "UPDATE submissions SET state = 'failed', error_kind = ?, error = ?, changed_at = ? WHERE "
          "video_id = ?")
      .bind(to_string(error.kind()))
      .bind(valid_utf8(error.what()))
      .bind(now())
      .bind(id.text())
      .run();
}

void Submissions::note_error(const VideoId& id, const Error& error) {
  database_.prepare("UPDATE submissions SET error_kind = ?, error = ?, changed_at = ? WHERE video_id = ?")
      .bind(to_string(error.kind()))
      .bind(valid_utf8(error.what()))
      .bind(now())
      .bind(id.text())
      .run();
}

void Submissions::set_progress(const VideoId& id, const Progress& progress) {
  database_
      .prepare(
          "INSERT INTO progress (video_id, activity, done, expected, unit, per_second, changed_at) VALUES "
          "(?, ?, ?, ?, ?, ?, ?) ON CONFLICT (video_id) DO UPDATE SET activity = excluded.activity, done = "
          "excluded.done, expected = excluded.expected, unit = excluded.unit, per_second = "
          "excluded.per_second, changed_at = excluded.changed_at")
      .bind(id.text())
      .bind(progress.activity)
      .bind(progress.done)
      .bind(progress.expected)
      .bind(progress.unit)
      .bind(progress.per_second)
      .bind(now())
      .run();
}

std::optional<Progress> Submissions::progress(const VideoId& id) {
  db::Statement select =
      database_.prepare("SELECT activity, done, expected, unit, per_second FROM progress WHERE video_id = ?");
  select.bind(id.text());
  if (!select.step()) return std::nullopt;
  return Progress{.activity = select.text(0),
                  .done = select.integer(1),
                  .expected = select.integer(2),
                  .unit = select.text(3),
                  .per_second = select.real(4)};
}

void Submissions::clear_progress(const VideoId& id) {
  database_.prepare("DELETE FROM progress WHERE video_id = ?").bind(id.text()).run();
}

}  // namespace heaters::catalog

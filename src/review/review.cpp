#include "review/review.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/time.h"
#include "catalog/catalog.h"
#include "review/leases.h"

namespace heaters::review {

using catalog::Clip;
using catalog::ClipId;
using catalog::VideoId;

namespace {

constexpr const char* clip_columns = "id, begin_frame, end_frame, begin_kind, score, decision, is_grouped";

std::string select_clips(std::string_view rest) {
  return fmt::format("SELECT {} FROM clips {}", clip_columns, rest);
}

constexpr int conflicting_clips_max = 200;

// What a caller who looked at a span should see instead.
std::vector<Clip> clips_around(db::Database& database, const VideoId& video, FrameSpan span) {
  db::Statement select = database.prepare(
      select_clips("WHERE video_id = ? AND begin_frame < ? AND end_frame > ? ORDER BY begin_frame LIMIT ?"));
  select.bind(video.text()).bind(span.end).bind(span.begin).bind(conflicting_clips_max);
  std::vector<Clip> clips;
  while (select.step()) clips.push_back(catalog::clip_at(select, 0));
  return clips;
}

FrameSpan cover(const std::vector<SeenClip>& seen) {
  FrameSpan span = seen.front().span;
  for (const SeenClip& clip : seen) {
    span = {std::min(span.begin, clip.span.begin), std::max(span.end, clip.span.end)};
  }
  return span;
}

FrameSpan cover(const std::vector<Change>& changes) {
  FrameSpan span{INT64_MAX, 0};
  for (const Change& change : changes) {
    for (const auto& clip : {change.before, change.after}) {
      if (clip) span = {std::min(span.begin, clip->span.begin), std::max(span.end, clip->span.end)};
    }
  }
  return span;
}

}  // namespace

std::optional<Clip> find_clip(db::Database& database, const ClipId& id) {
  db::Statement select = database.prepare(select_clips("WHERE id = ?"));
  select.bind(id.text());
  if (!select.step()) return std::nullopt;
  return catalog::clip_at(select, 0);
}

// A row of the log that can be undone or redone.
struct Review::Entry {
  DecisionId id = 0;
  VideoId video_id;
  std::string operation;
  std::vector<Change> changes;
};

Review::Review(db::Database& database, std::string reviewer)
    : database_(database), reviewer_(std::move(reviewer)) {}

void Review::lock(const VideoId& video) {
  const char* const lock = database_.dialect() == db::Dialect::Postgres ? " FOR NO KEY UPDATE" : "";
  db::Statement select = database_.prepare(std::string("SELECT id FROM videos WHERE id = ?") + lock);
  select.bind(video.text());
  if (!select.step()) {
    throw Error(ErrorKind::NotFound,
                fmt::format("review video {}: there is none with that id", video.text()));
  }
}

// All clips, or what an edit of a single one can concern.
std::vector<Clip> Review::context(const VideoId& video, const Edit& edit) {
  if (edit.clips.size() != 1) return catalog::Catalog(database_).clips(video);
  const auto clip = find_clip(database_, edit.clips.front());
  HEATERS_CHECK(clip.has_value());
  std::vector<Clip> clips;
  const auto add = [&](std::string_view which, FrameNumber frame) {
    db::Statement select = database_.prepare(select_clips(which));
    select.bind(video.text()).bind(frame);
    if (select.step()) clips.push_back(catalog::clip_at(select, 0));
  };
  add("WHERE video_id = ? AND begin_frame < ? ORDER BY begin_frame DESC LIMIT 1", clip->span.begin);
  clips.push_back(*clip);
  add("WHERE video_id = ? AND begin_frame > ? ORDER BY begin_frame LIMIT 1", clip->span.begin);
  return clips;
}

void Review::check_seen(const VideoId& video, const SeenClip& seen) {
  db::Statement select = database_.prepare(select_clips("WHERE id = ? AND video_id = ?"));
  select.bind(seen.id.text()).bind(video.text());
  const auto clip = select.step() ? std::optional(catalog::clip_at(select, 0)) : std::nullopt;
  const std::string what = fmt::format("decide about frames [{}, {})", seen.span.begin, seen.span.end);
  if (!clip) throw Error(ErrorKind::Conflict, what + ": there is no such clip any more");
  if (clip->span != seen.span) {
    throw Error(ErrorKind::Conflict,
                fmt::format("{}: the clip has frames [{}, {}) now", what, clip->span.begin, clip->span.end));
  }
  if (clip->decision != seen.decision || clip->is_grouped != seen.is_grouped) {
    throw Error(ErrorKind::Conflict,
                fmt::format("{}: the clip is {}{} now", what,
                            clip->decision ? catalog::to_string(*clip->decision) : "undecided",
                            clip->is_grouped ? " and grouped" : ""));
  }
}

void Review::refuse_if_leased(const std::vector<Change>& changes) {
  Leases leases(database_, reviewer_);
  for (const Change& change : changes) {
    if (!change.before) continue;
    if (const auto other = leases.other_holder(change.before->id)) {
      throw Error(ErrorKind::Conflict,
                  fmt::format("decide about frames [{}, {}): {} is looking at them",
                              change.before->span.begin, change.before->span.end, *other));
    }
  }
}

void Review::apply(const VideoId& video, const std::vector<Change>& changes) {
  // What goes first, so that its frame is free.
  db::Statement remove = database_.prepare("DELETE FROM cuts WHERE id = ?");
  db::Statement update = database_.prepare(
      "UPDATE cuts SET frame = ?, kind = ?, score = ?, decision = ?, is_grouped = ? WHERE id = ?");
  db::Statement insert = database_.prepare(
      "INSERT INTO cuts (id, video_id, frame, kind, score, frame_count, decision, is_grouped) SELECT ?, id, "
      "?, ?, ?, frame_count, ?, ? FROM videos WHERE id = ?");
  const auto decision = [](const Clip& clip) {
    return clip.decision ? std::optional(std::string(catalog::to_string(*clip.decision))) : std::nullopt;
  };
  db::Batch batch(database_);
  for (const Change& change : changes) {
    if (!change.after) remove.bind(change.before->id.text()).run();
  }
  for (const Change& change : changes) {
    if (!change.after) continue;
    const Clip& clip = *change.after;
    if (change.before) {
      update.bind(clip.span.begin).bind(clip.begin_kind).bind(clip.score);
      update.bind(decision(clip)).bind(clip.is_grouped).bind(clip.id.text()).run();
    } else {
      insert.bind(clip.id.text()).bind(clip.span.begin).bind(clip.begin_kind).bind(clip.score);
      insert.bind(decision(clip)).bind(clip.is_grouped).bind(video.text()).run();
    }
  }
  batch.finish();
}

DecisionId Review::append(const VideoId& video, std::string_view operation, std::optional<DecisionId> subject,
                          const std::vector<Change>& changes) {
  db::Statement insert = database_.prepare(
      "INSERT INTO decisions (video_id, reviewer, operation, subject, made_at, changes, state) VALUES "
      "(?, ?, ?, ?, " +
      db::clock_sql(database_.dialect()) + ", ?, ?) RETURNING id");
  insert.bind(video.text()).bind(reviewer_).bind(operation).bind(subject).bind(changes_json(changes));
  insert.bind(subject ? std::nullopt : std::optional(std::string("done")));
  HEATERS_CHECK(insert.step());
  return insert.integer(0);
}

LoggedDecision Review::run(const VideoId& video, const Edit& edit, const std::vector<SeenClip>& seen) {
  db::Transaction transaction(database_);
  note_reviewer(database_, reviewer_);
  lock(video);
  try {
    for (const SeenClip& clip : seen) check_seen(video, clip);
    const std::vector<Change> changes = changes_of(edit, context(video, edit));
    refuse_if_leased(changes);
    apply(video, changes);
    database_.prepare("UPDATE decisions SET state = 'dropped' WHERE reviewer = ? AND state = 'undone'")
        .bind(reviewer_)
        .run();
    const std::string operation(to_string(edit.operation));
    const DecisionId id = append(video, operation, std::nullopt, changes);
    transaction.commit();
    return {.id = id,
            .video_id = video,
            .reviewer = reviewer_,
            .operation = operation,
            .subject = std::nullopt,
            .made_at = format_utc(utc_now()),
            .state = "done",
            .changes = changes};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Conflict || seen.empty()) throw;
    throw ReviewConflict(error.what(), clips_around(database_, video, cover(seen)));
  }
}

LoggedDecision Review::perform(const VideoId& video, Operation operation, const std::vector<SeenClip>& clips,
                               std::optional<FrameNumber> frame) {
  Edit edit{.operation = operation, .clips = {}, .frame = frame, .cuts = {}};
  if (operation == Operation::Resegment || clips.empty()) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: no clip was named", to_string(operation)));
  }
  for (const SeenClip& clip : clips) edit.clips.push_back(clip.id);
  return run(video, edit, clips);
}

LoggedDecision Review::resegment(const VideoId& video, const std::vector<catalog::Cut>& cuts) {
  const auto found = catalog::Catalog(database_).find(video);
  if (!found) {
    throw Error(ErrorKind::NotFound,
                fmt::format("resegment video {}: there is none with that id", video.text()));
  }
  for (const catalog::Cut& cut : cuts) {
    if (cut.frame <= 0 || cut.frame >= found->frame_count) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("resegment video {}: it has no cut at frame {}", video.text(), cut.frame));
    }
  }
  return run(video,
             {.operation = Operation::Resegment,
              .clips = {},
              .frame = std::nullopt,
              .cuts = cuts,
              .frame_count = found->frame_count},
             {});
}

// Every clip must still be as it was left, or somebody's work would be lost.
void Review::refuse_if_changed(const VideoId& video, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    if (change.before) {
      const auto now = find_clip(database_, change.before->id);
      if (now != change.before) {
        throw Error(ErrorKind::Conflict, fmt::format("frames [{}, {}) were changed since",
                                                     change.before->span.begin, change.before->span.end));
      }
      continue;
    }
    // Where a clip is to begin again, another may begin, unless that one goes.
    db::Statement select = database_.prepare("SELECT id FROM cuts WHERE video_id = ? AND frame = ?");
    select.bind(video.text()).bind(change.after->span.begin);
    if (!select.step()) continue;
    const std::string there = select.text(0);
    const bool goes = std::any_of(changes.begin(), changes.end(), [&](const Change& each) {
      return each.before && each.before->id.text() == there &&
             (!each.after || each.after->span.begin != each.before->span.begin);
    });
    if (!goes) {
      throw Error(ErrorKind::Conflict,
                  fmt::format("another clip begins at frame {} since", change.after->span.begin));
    }
  }
}

LoggedDecision Review::turn(const Entry& entry, bool is_undo) {
  lock(entry.video_id);
  const char* const word = is_undo ? "undo" : "redo";
  const std::vector<Change> changes = is_undo ? inverse(entry.changes) : entry.changes;
  try {
    refuse_if_changed(entry.video_id, changes);
    refuse_if_leased(changes);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Conflict) throw;
    throw ReviewConflict(
        fmt::format("{} {} (decision {}): {}", word, entry.operation, entry.id, error.what()),
        clips_around(database_, entry.video_id, cover(changes)));
  }
  apply(entry.video_id, changes);
  const DecisionId id = append(entry.video_id, word, entry.id, changes);
  database_.prepare("UPDATE decisions SET state = ?, undone_by = ? WHERE id = ?")
      .bind(is_undo ? "undone" : "done")
      .bind(is_undo ? std::optional(id) : std::nullopt)
      .bind(entry.id)
      .run();
  return {.id = id,
          .video_id = entry.video_id,
          .reviewer = reviewer_,
          .operation = word,
          .subject = entry.id,
          .made_at = format_utc(utc_now()),
          .state = std::nullopt,
          .changes = changes};
}

LoggedDecision Review::undo(std::optional<DecisionId> decision) {
  db::Transaction transaction(database_);
  note_reviewer(database_, reviewer_);
  db::Statement select = database_.prepare(
      "SELECT id, video_id, operation, changes FROM decisions WHERE reviewer = ? AND state = 'done' " +
      std::string(decision ? "AND id = ?" : "ORDER BY id DESC LIMIT 1"));
  select.bind(reviewer_);
  if (decision) select.bind(*decision);
  if (!select.step()) {
    throw ReviewConflict(decision
                             ? fmt::format("undo decision {}: it is not one of yours that stands", *decision)
                             : std::string("undo: there is nothing to undo"),
                         {});
  }
  const Entry entry{select.integer(0), *VideoId::parse(select.text(1)), select.text(2),
                    parse_changes(select.text(3))};
  LoggedDecision done = turn(entry, true);
  transaction.commit();
  return done;
}

LoggedDecision Review::redo() {
  db::Transaction transaction(database_);
  note_reviewer(database_, reviewer_);
  db::Statement select = database_.prepare(
      "SELECT id, video_id, operation, changes FROM decisions WHERE reviewer = ? AND state = 'undone' ORDER "
      "BY undone_by DESC LIMIT 1");
  select.bind(reviewer_);
  if (!select.step()) throw ReviewConflict("redo: there is nothing to redo", {});
  const Entry entry{select.integer(0), *VideoId::parse(select.text(1)), select.text(2),
                    parse_changes(select.text(3))};
  LoggedDecision done = turn(entry, false);
  transaction.commit();
  return done;
}

namespace {

constexpr const char* log_columns = "id, video_id, reviewer, operation, subject, made_at, state";

LoggedDecision logged_at(const db::Statement& row) {
  const auto video = VideoId::parse(row.text(1));
  HEATERS_CHECK(video.has_value());
  return {.id = row.integer(0),
          .video_id = *video,
          .reviewer = row.text(2),
          .operation = row.text(3),
          .subject = row.optional_integer(4),
          .made_at = row.text(5),
          .state = row.optional_text(6),
          .changes = {}};
}

std::vector<LoggedDecision> all_of(db::Statement& select, bool has_changes) {
  std::vector<LoggedDecision> found;
  while (select.step()) {
    found.push_back(logged_at(select));
    if (has_changes) found.back().changes = parse_changes(select.text(7));
  }
  return found;
}

}  // namespace

std::vector<LoggedDecision> Review::history(int limit, std::optional<DecisionId> before) {
  db::Statement select = database_.prepare(
      fmt::format("SELECT {}, changes FROM decisions WHERE reviewer = ? AND id < ? ORDER BY id DESC LIMIT ?",
                  log_columns));
  select.bind(reviewer_).bind(before.value_or(INT64_MAX)).bind(limit);
  return all_of(select, true);
}

std::vector<LoggedDecision> Review::history_of(const VideoId& video, int limit) {
  db::Statement select = database_.prepare(fmt::format(
      "SELECT {}, changes FROM decisions WHERE video_id = ? ORDER BY id DESC LIMIT ?", log_columns));
  select.bind(video.text()).bind(limit);
  return all_of(select, true);
}

DecisionId Review::newest() {
  db::Statement select = database_.prepare("SELECT coalesce(max(id), 0) FROM decisions");
  return select.step() ? select.integer(0) : 0;
}

std::vector<LoggedDecision> Review::since(DecisionId after, int limit) {
  db::Statement select = database_.prepare(
      fmt::format("SELECT {} FROM decisions WHERE id > ? ORDER BY id LIMIT ?", log_columns));
  select.bind(after).bind(limit);
  return all_of(select, false);
}

}  // namespace heaters::review

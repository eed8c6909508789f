#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "catalog/video.h"
#include "db/database.h"
#include "review/change.h"
#include "review/edit.h"

namespace heaters::review {

// A clip as somebody saw it who decided about it.
struct SeenClip {
  catalog::ClipId id;
  FrameSpan span;
  std::optional<catalog::Decision> decision;
  bool is_grouped = false;
};

// Something was changed meanwhile by somebody else, or does not apply: nothing was done. Holds the clips as
// they are now where the caller looked.
class ReviewConflict : public Error {
 public:
  ReviewConflict(const std::string& message, std::vector<catalog::Clip> clips)
      : Error(ErrorKind::Conflict, message), clips_(std::move(clips)) {}
  const std::vector<catalog::Clip>& clips() const { return clips_; }

 private:
  std::vector<catalog::Clip> clips_;
};

using DecisionId = std::int64_t;

// An entry of the log.
struct LoggedDecision {
  DecisionId id = 0;
  catalog::VideoId video_id;
  std::string reviewer;
  std::string operation;              // of Operation, or "undo", "redo"
  std::optional<DecisionId> subject;  // what was undone or redone
  std::string made_at;                // UTC, ISO 8601
  std::optional<std::string> state;   // "done", "undone", "dropped"; nullopt for undo and redo
  std::vector<Change> changes;
};

// What a reviewer does. Each operation is one transaction that changes rows and appends to the log, and
// returns the entry; one that does not apply changes nothing and throws ReviewConflict. Operations on one
// video happen one after the other, whoever does them. What is undone is undone exactly: also the ids of
// clips come back.
//
// Undoing goes back through the reviewer's own history, whatever videos it leads to. It is refused when
// somebody changed one of the clips since; the decision after that can be undone by naming it. A new
// operation ends the possibility to redo.
//
// Borrows the connection, which has no open transaction. Not thread-safe. Throws NotFound for a video that
// there is not, and Error as db::Database does.
class Review {
 public:
  Review(db::Database& database, std::string reviewer);

  LoggedDecision perform(const catalog::VideoId& video, Operation operation,
                         const std::vector<SeenClip>& clips, std::optional<FrameNumber> frame = std::nullopt);
  // Replaces all cuts of a video that has not been reviewed. By frame, without the one at 0.
  LoggedDecision resegment(const catalog::VideoId& video, const std::vector<catalog::Cut>& cuts);

  // The last decision that is not undone, or the one that is named. ReviewConflict when there is none.
  LoggedDecision undo(std::optional<DecisionId> decision = std::nullopt);
  // What was undone last.
  LoggedDecision redo();

  // Of this reviewer, newest first, from before the entry given.
  std::vector<LoggedDecision> history(int limit, std::optional<DecisionId> before = std::nullopt);
  // Of everybody about one video, newest first.
  std::vector<LoggedDecision> history_of(const catalog::VideoId& video, int limit);
  // The newest entry of anybody; 0 when there is none.
  DecisionId newest();
  // Of everybody, oldest first, after the entry given, without changes.
  std::vector<LoggedDecision> since(DecisionId after, int limit);

 private:
  struct Entry;

  void lock(const catalog::VideoId& video);
  void check_seen(const catalog::VideoId& video, const SeenClip& seen);
  std::vector<catalog::Clip> context(const catalog::VideoId& video, const Edit& edit);
  LoggedDecision run(const catalog::VideoId& video, const Edit& edit, const std::vector<SeenClip>& seen);
  void apply(const catalog::VideoId& video, const std::vector<Change>& changes);
  void refuse_if_leased(const std::vector<Change>& changes);
  void refuse_if_changed(const catalog::VideoId& video, const std::vector<Change>& changes);
  LoggedDecision turn(const Entry& entry, bool is_undo);
  DecisionId append(const catalog::VideoId& video, std::string_view operation,
                    std::optional<DecisionId> subject, const std::vector<Change>& changes);

  db::Database& database_;
  std::string reviewer_;
};

// The clip as it is now.
std::optional<catalog::Clip> find_clip(db::Database& database, const catalog::ClipId& id);

}  // namespace heaters::review

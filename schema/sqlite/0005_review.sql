-- Review: what people decided about clips, and the log of it.

-- A clip's decision stands in the row that begins it. NULL: not decided yet.
ALTER TABLE cuts ADD COLUMN decision TEXT CHECK (decision IN ('approved', 'skipped', 'archived'));
-- Belongs with the clip before it. The first clip of a video has none before it.
ALTER TABLE cuts ADD COLUMN is_grouped INTEGER NOT NULL DEFAULT 0
  CHECK (is_grouped IN (0, 1) AND (is_grouped = 0 OR frame > 0));

CREATE INDEX cuts_undecided ON cuts (video_id, frame) WHERE decision IS NULL;

DROP VIEW clips;
CREATE VIEW clips AS
SELECT id,
       video_id,
       frame AS begin_frame,
       coalesce((SELECT min(next.frame) FROM cuts AS next
                 WHERE next.video_id = cuts.video_id AND next.frame > cuts.frame), frame_count) AS end_frame,
       kind AS begin_kind,
       score,
       decision,
       is_grouped
FROM cuts;

-- Who reviews.
CREATE TABLE reviewers (
  name    TEXT PRIMARY KEY,
  seen_at TEXT NOT NULL
) STRICT;

-- What reviewers did, appended and never erased: undoing appends too.
CREATE TABLE decisions (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  video_id  TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  reviewer  TEXT NOT NULL REFERENCES reviewers (name),
  operation TEXT NOT NULL CHECK (operation IN ('approve', 'skip', 'archive', 'merge', 'group', 'ungroup', 'split', 'move',
                                               'resegment', 'undo', 'redo')),
  subject   INTEGER REFERENCES decisions (id) ON DELETE CASCADE,  -- of undo and redo
  made_at   TEXT NOT NULL,
  changes   TEXT NOT NULL,                        -- JSON: the clips before and after, all whose span or row changed
  -- Of what can be undone: done, undone (and can be redone), or undone before something else was done.
  state     TEXT CHECK (state IN ('done', 'undone', 'dropped')),
  undone_by INTEGER REFERENCES decisions (id) ON DELETE CASCADE,
  CHECK ((subject IS NOT NULL) = (operation IN ('undo', 'redo'))),
  CHECK ((state IS NULL) = (operation IN ('undo', 'redo')))
) STRICT;

CREATE INDEX decisions_done ON decisions (reviewer, id) WHERE state = 'done';
CREATE INDEX decisions_undone ON decisions (reviewer, undone_by) WHERE state = 'undone';
CREATE INDEX decisions_of_video ON decisions (video_id, id);
CREATE INDEX decisions_of_reviewer ON decisions (reviewer, id);

-- Who has a clip on screen.
CREATE TABLE leases (
  clip_id    TEXT PRIMARY KEY,                    -- may be gone: a lease only expires
  reviewer   TEXT NOT NULL REFERENCES reviewers (name),
  expires_at TEXT NOT NULL
) STRICT;

CREATE INDEX leases_of_reviewer ON leases (reviewer);

-- What a browser needs to decode a proxy frame by frame is an artifact. A check cannot be changed in place.
CREATE TABLE artifacts_with_packet_index (
  key        TEXT PRIMARY KEY,
  video_id   TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  kind       TEXT NOT NULL CHECK (kind IN ('source', 'proxy', 'frame_table', 'packet_index', 'score_curve',
                                           'filmstrip_sheet', 'filmstrip_map', 'filmstrip_vtt', 'poster', 'waveform')),
  bytes      INTEGER NOT NULL CHECK (bytes >= 0),
  sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
  made_by    TEXT NOT NULL,                       -- the stage and version that made it
  created_at TEXT NOT NULL,
  storage_class TEXT NOT NULL DEFAULT 'STANDARD'
) STRICT;
INSERT INTO artifacts_with_packet_index
  SELECT key, video_id, kind, bytes, sha256, made_by, created_at, storage_class FROM artifacts;
DROP TABLE artifacts;
ALTER TABLE artifacts_with_packet_index RENAME TO artifacts;
CREATE INDEX artifacts_of_video ON artifacts (video_id, kind);

-- What changed lately is looked for often.
CREATE INDEX submissions_changed ON submissions (changed_at);

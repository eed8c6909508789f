-- Review: what people decided about clips, and the log of it.

-- A clip's decision stands in the row that begins it.
ALTER TABLE cuts
  ADD COLUMN decision TEXT CHECK (decision IN ('approved', 'skipped', 'archived')),  -- NULL: not decided yet
  -- Belongs with the clip before it. The first clip of a video has none before it.
  ADD COLUMN is_grouped BOOLEAN NOT NULL DEFAULT false CHECK (NOT is_grouped OR frame > 0);

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

-- Who reviews. The row is the lock under which a reviewer's own history changes.
CREATE TABLE reviewers (
  name TEXT PRIMARY KEY,
  seen_at timestamptz NOT NULL
);

-- What reviewers did, appended and never erased: undoing appends too.
CREATE TABLE decisions (
  id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  video_id  TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  reviewer  TEXT NOT NULL REFERENCES reviewers (name),
  operation TEXT NOT NULL CHECK (operation IN ('approve', 'skip', 'archive', 'merge', 'group', 'ungroup', 'split', 'move',
                                               'resegment', 'undo', 'redo')),
  subject   BIGINT REFERENCES decisions (id) ON DELETE CASCADE,  -- of undo and redo
  made_at   timestamptz NOT NULL,
  changes   TEXT NOT NULL,                        -- JSON: the clips before and after, all whose span or row changed
  -- Of what can be undone: done, undone (and can be redone), or undone before something else was done.
  state     TEXT CHECK (state IN ('done', 'undone', 'dropped')),
  undone_by BIGINT REFERENCES decisions (id) ON DELETE CASCADE,
  CHECK ((subject IS NOT NULL) = (operation IN ('undo', 'redo'))),
  CHECK ((state IS NULL) = (operation IN ('undo', 'redo')))
);

CREATE INDEX decisions_done ON decisions (reviewer, id) WHERE state = 'done';
CREATE INDEX decisions_undone ON decisions (reviewer, undone_by) WHERE state = 'undone';
CREATE INDEX decisions_of_video ON decisions (video_id, id);
CREATE INDEX decisions_of_reviewer ON decisions (reviewer, id);

-- Who has a clip on screen.
CREATE TABLE leases (
  clip_id    TEXT PRIMARY KEY,                    -- may be gone: a lease only expires
  reviewer   TEXT NOT NULL REFERENCES reviewers (name),
  expires_at timestamptz NOT NULL
);

CREATE INDEX leases_of_reviewer ON leases (reviewer);

-- What a browser needs to decode a proxy frame by frame is an artifact.
ALTER TABLE artifacts DROP CONSTRAINT artifacts_kind_check;
ALTER TABLE artifacts ADD CONSTRAINT artifacts_kind_check
  CHECK (kind IN ('source', 'proxy', 'frame_table', 'packet_index', 'score_curve', 'filmstrip_sheet', 'filmstrip_map',
                  'filmstrip_vtt', 'poster', 'waveform'));

-- What changed lately is looked for often.
CREATE INDEX submissions_changed ON submissions (changed_at);

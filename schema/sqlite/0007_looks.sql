-- What clips look like, so that they are found by it; masters; and the source's timecode.

ALTER TABLE videos ADD COLUMN timecode TEXT;  -- of the first frame, as the source states it

-- A check cannot be changed in place, and dropping a table would drop the rows that refer to its rows.
CREATE TABLE exports_kept AS SELECT * FROM exports;
DROP TABLE exports;
CREATE TABLE artifacts_kept AS SELECT * FROM artifacts;
DROP TABLE artifacts;

CREATE TABLE artifacts (
  key        TEXT PRIMARY KEY,
  video_id   TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  kind       TEXT NOT NULL CHECK (kind IN ('source', 'proxy', 'frame_table', 'packet_index', 'score_curve', 'filmstrip_sheet', 'filmstrip_map',
                  'filmstrip_vtt', 'poster', 'waveform', 'export', 'master', 'looks')),
  bytes      INTEGER NOT NULL CHECK (bytes >= 0),
  sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
  made_by    TEXT NOT NULL,                       -- the stage and version that made it
  created_at TEXT NOT NULL,
  storage_class TEXT NOT NULL DEFAULT 'STANDARD'
) STRICT;
INSERT INTO artifacts (key, video_id, kind, bytes, sha256, made_by, created_at, storage_class)
  SELECT key, video_id, kind, bytes, sha256, made_by, created_at, storage_class FROM artifacts_kept;
DROP TABLE artifacts_kept;
CREATE INDEX artifacts_of_video ON artifacts (video_id, kind);

-- One row per span, preset and settings: asking for the same again is the same export.
CREATE TABLE exports (
  id           TEXT PRIMARY KEY CHECK (length(id) = 26),
  video_id     TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  begin_frame  INTEGER NOT NULL CHECK (begin_frame >= 0),
  end_frame    INTEGER NOT NULL CHECK (end_frame > begin_frame),
  preset       TEXT NOT NULL CHECK (preset IN ('source', 'web', 'prores', 'ffv1', 'h264-lossless')),
  settings     TEXT NOT NULL DEFAULT '',              -- of the preset, where it has any
  storage_class TEXT,                                 -- that was asked for; NULL: the store's own
  batch        TEXT NOT NULL CHECK (length(batch) = 26),     -- what one job makes in one pass
  state        TEXT NOT NULL CHECK (state IN ('queued', 'ready', 'failed')),
  requested_at TEXT NOT NULL,
  changed_at   TEXT NOT NULL,
  artifact_key TEXT REFERENCES artifacts (key) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  report       TEXT,                                         -- how it was made and the proof, JSON: docs/json.md, "export"
  error_kind   TEXT,
  error        TEXT,
  UNIQUE (video_id, begin_frame, end_frame, preset, settings),
  CHECK ((state = 'ready') = (artifact_key IS NOT NULL)),
  CHECK ((state = 'ready') = (report IS NOT NULL)),
  CHECK ((state = 'failed') = (error IS NOT NULL))
) STRICT;
INSERT INTO exports (id, video_id, begin_frame, end_frame, preset, batch, state, requested_at, changed_at, artifact_key,
                     report, error_kind, error)
  SELECT id, video_id, begin_frame, end_frame, preset, batch, state, requested_at, changed_at, artifact_key, report,
         error_kind, error FROM exports_kept;
DROP TABLE exports_kept;
CREATE INDEX exports_of_batch ON exports (batch);
CREATE INDEX exports_unfinished ON exports (batch) WHERE state = 'queued';

-- What a model says of a clip's frames, as a direction. Of another span than the clip has by now it is stale.
CREATE TABLE embeddings (
  clip_id     TEXT NOT NULL CHECK (length(clip_id) = 26),    -- may be gone
  model       TEXT NOT NULL,                                 -- 'look/1', or the digest of a model file
  strategy    TEXT NOT NULL,                                 -- which frames: 'all', 'midpoint', 'thirds', 'sharpest'
  video_id    TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  begin_frame INTEGER NOT NULL,
  end_frame   INTEGER NOT NULL CHECK (end_frame > begin_frame),
  vector      TEXT NOT NULL,                                 -- one byte a dimension, signed, base64
  PRIMARY KEY (clip_id, model, strategy)
) STRICT;
CREATE INDEX embeddings_of_video ON embeddings (video_id);

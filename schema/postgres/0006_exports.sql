-- Exported files: which frames of which video, as what, and what became of it.

ALTER TABLE artifacts DROP CONSTRAINT artifacts_kind_check;
ALTER TABLE artifacts ADD CONSTRAINT artifacts_kind_check
  CHECK (kind IN ('source', 'proxy', 'frame_table', 'packet_index', 'score_curve', 'filmstrip_sheet', 'filmstrip_map',
                  'filmstrip_vtt', 'poster', 'waveform', 'export'));

-- One row per span and preset: asking for the same again is the same export.
CREATE TABLE exports (
  id           TEXT PRIMARY KEY CHECK (length(id) = 26),
  video_id     TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  begin_frame  BIGINT NOT NULL CHECK (begin_frame >= 0),
  end_frame    BIGINT NOT NULL CHECK (end_frame > begin_frame),
  preset       TEXT NOT NULL CHECK (preset IN ('source', 'web', 'prores')),
  batch        TEXT NOT NULL CHECK (length(batch) = 26),     -- what one job makes in one pass
  state        TEXT NOT NULL CHECK (state IN ('queued', 'ready', 'failed')),
  requested_at timestamptz NOT NULL,
  changed_at   timestamptz NOT NULL,
  artifact_key TEXT REFERENCES artifacts (key) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  report       TEXT,                                         -- how it was made and the proof, JSON: docs/json.md, "export"
  error_kind   TEXT,
  error        TEXT,
  UNIQUE (video_id, begin_frame, end_frame, preset),
  CHECK ((state = 'ready') = (artifact_key IS NOT NULL)),
  CHECK ((state = 'ready') = (report IS NOT NULL)),
  CHECK ((state = 'failed') = (error IS NOT NULL))
);

CREATE INDEX exports_of_batch ON exports (batch);
CREATE INDEX exports_unfinished ON exports (batch) WHERE state = 'queued';

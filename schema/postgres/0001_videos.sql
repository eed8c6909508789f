-- Videos, what was made of them, and where their shots begin. Times are integers in the source's own time base; a
-- boundary is always a frame number. See docs/glossary.md for the words.

CREATE TABLE videos (
  id                  TEXT PRIMARY KEY CHECK (length(id) = 26),
  title               TEXT NOT NULL,              -- file name at first
  created_at          timestamptz NOT NULL,
  -- A second submission of the same bytes is the same video, unless the user asked for another (`--again`); then
  -- copy_of names the first.
  source_sha256       TEXT NOT NULL CHECK (length(source_sha256) = 64),
  copy_of             TEXT REFERENCES videos (id) ON DELETE SET NULL,
  source_bytes        BIGINT NOT NULL CHECK (source_bytes > 0),

  container           TEXT NOT NULL,
  video_codec         TEXT NOT NULL,
  audio_codec         TEXT,                       -- NULL: no audio
  width               INTEGER NOT NULL CHECK (width > 0),    -- of the stored picture
  height              INTEGER NOT NULL CHECK (height > 0),
  rotation            INTEGER NOT NULL CHECK (rotation IN (0, 90, 180, 270)),  -- clockwise, to show it upright
  frame_count         BIGINT NOT NULL CHECK (frame_count >= 2),
  time_base_num       BIGINT NOT NULL CHECK (time_base_num > 0),
  time_base_den       BIGINT NOT NULL CHECK (time_base_den > 0),
  frame_rate_num      BIGINT NOT NULL CHECK (frame_rate_num >= 0),  -- mean; 0: unknown
  frame_rate_den      BIGINT NOT NULL CHECK (frame_rate_den > 0),
  variable_frame_rate BOOLEAN NOT NULL,
  duration_seconds    DOUBLE PRECISION NOT NULL CHECK (duration_seconds >= 0),   -- first frame's begin to last frame's end
  start_seconds       DOUBLE PRECISION NOT NULL,              -- of the first frame, on the source's clock
  repaired_timestamps BIGINT NOT NULL CHECK (repaired_timestamps >= 0),
  decode_errors       BIGINT NOT NULL CHECK (decode_errors >= 0),

  proxy_rung          TEXT NOT NULL CHECK (proxy_rung IN ('reuse', 'remux', 'audio', 'encode')),
  proxy_reason        TEXT NOT NULL,
  proxy_key           TEXT NOT NULL,              -- an artifact's; the source's own when reused
  proxy_shift_seconds DOUBLE PRECISION NOT NULL,              -- added to the source's times in the proxy

  loudness_lufs       DOUBLE PRECISION,                       -- EBU R128 integrated; NULL: no audio, or silence
  loudness_range_lu   DOUBLE PRECISION,
  sample_peak_dbfs    DOUBLE PRECISION,
  waveform_start_seconds DOUBLE PRECISION,                    -- of the first sound, on the source's clock

  decode_passes       INTEGER NOT NULL CHECK (decode_passes >= 1),
  encoded_streams     INTEGER NOT NULL CHECK (encoded_streams >= 0),
  wall_seconds        DOUBLE PRECISION NOT NULL,
  cpu_seconds         DOUBLE PRECISION NOT NULL,

  -- Every video has the cut at frame 0 that its first clip begins with: a foreign key, below, points at it.
  first_frame         BIGINT NOT NULL DEFAULT 0 CHECK (first_frame = 0),
  UNIQUE (id, frame_count)
);

CREATE UNIQUE INDEX videos_source ON videos (source_sha256) WHERE copy_of IS NULL;

-- Stored objects. A row is written only after its object is in the store.
CREATE TABLE artifacts (
  key        TEXT PRIMARY KEY,
  video_id   TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  kind       TEXT NOT NULL CHECK (kind IN ('source', 'proxy', 'frame_table', 'score_curve', 'filmstrip_sheet',
                                           'filmstrip_map', 'filmstrip_vtt', 'poster', 'waveform')),
  bytes      BIGINT NOT NULL CHECK (bytes >= 0),
  sha256     TEXT NOT NULL CHECK (length(sha256) = 64),
  made_by    TEXT NOT NULL,                       -- the stage and version that made it
  created_at timestamptz NOT NULL
);

CREATE INDEX artifacts_of_video ON artifacts (video_id, kind);

-- Boundaries, the only truth of segmentation: `frame` is the first of a new clip. The row at frame 0 is there for every
-- video, so that each clip has exactly one row, which begins it and lends it its id.
CREATE TABLE cuts (
  id          TEXT NOT NULL UNIQUE CHECK (length(id) = 26),
  video_id    TEXT NOT NULL,
  frame       BIGINT NOT NULL CHECK (frame >= 0),
  kind        TEXT NOT NULL CHECK (kind IN ('start', 'cut', 'dissolve', 'fade')),
  score       DOUBLE PRECISION CHECK (score BETWEEN 0 AND 1), -- NULL: placed by nobody's guess
  frame_count BIGINT NOT NULL,                   -- the video's, so that the check below is one row's business
  CHECK (frame < frame_count),
  CHECK ((frame = 0) = (kind = 'start')),
  PRIMARY KEY (video_id, frame),
  FOREIGN KEY (video_id, frame_count) REFERENCES videos (id, frame_count)
    ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);

ALTER TABLE videos ADD CONSTRAINT videos_first_cut
  FOREIGN KEY (id, first_frame) REFERENCES cuts (video_id, frame) DEFERRABLE INITIALLY DEFERRED;

-- The spans between adjacent cuts. They partition [0, frame_count) by construction: begins are distinct, the first is
-- 0, and each ends where the next begins.
CREATE VIEW clips AS
SELECT id,
       video_id,
       frame AS begin_frame,
       coalesce((SELECT min(next.frame) FROM cuts AS next
                 WHERE next.video_id = cuts.video_id AND next.frame > cuts.frame), frame_count) AS end_frame,
       kind AS begin_kind
FROM cuts;

-- The keyframe rows of the frame table, for seeking without it.
CREATE TABLE keyframe_offsets (
  video_id    TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  frame       BIGINT NOT NULL CHECK (frame >= 0),
  pts         BIGINT NOT NULL,                   -- ticks of the video's time base
  byte_offset BIGINT CHECK (byte_offset >= 0),   -- of the packet in the source; NULL: the container does not tell
  PRIMARY KEY (video_id, frame)
);

-- What was asked for, from the asking on: a video has its row in `videos` only when it is whole.

CREATE TABLE submissions (
  video_id      TEXT PRIMARY KEY CHECK (length(video_id) = 26),
  origin        TEXT NOT NULL,                    -- path or URL, without credentials
  title         TEXT NOT NULL,
  submitted_at  TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('queued', 'acquired', 'ingested', 'ready', 'duplicate', 'failed')),
  changed_at    TEXT NOT NULL,
  is_copy       INTEGER NOT NULL CHECK (is_copy IN (0, 1)),  -- another video of the same bytes is meant (`--again`)
  source_key    TEXT,                             -- set when the source was stored before it was acknowledged
  source_sha256 TEXT CHECK (length(source_sha256) = 64),     -- known once acquired
  duplicate_of  TEXT REFERENCES videos (id) ON DELETE SET NULL,
  error_kind    TEXT,                             -- of the last attempt that failed; it may be tried again
  error         TEXT,
  CHECK (state <> 'failed' OR error IS NOT NULL)
) STRICT;

-- The same bytes are worked on once: whoever comes second waits for the first.
CREATE UNIQUE INDEX submissions_in_work ON submissions (source_sha256)
  WHERE state IN ('acquired', 'ingested') AND is_copy = 0;
CREATE INDEX submissions_unfinished ON submissions (state) WHERE state IN ('queued', 'acquired', 'ingested');

-- How far a job has come: one row while it runs, overwritten about once a second.
CREATE TABLE progress (
  video_id   TEXT PRIMARY KEY,
  activity   TEXT NOT NULL,
  done       INTEGER NOT NULL,
  expected   INTEGER NOT NULL,
  unit       TEXT NOT NULL,
  per_second REAL NOT NULL,
  changed_at TEXT NOT NULL
) STRICT;

-- The cost ledger: what each attempt of each stage used. Appended, never changed.
CREATE TABLE cost_entries (
  id               TEXT PRIMARY KEY CHECK (length(id) = 26),
  video_id         TEXT NOT NULL,
  stage            TEXT NOT NULL,
  node             TEXT NOT NULL,
  recorded_at      TEXT NOT NULL,
  put_requests     INTEGER NOT NULL,
  get_requests     INTEGER NOT NULL,
  head_requests    INTEGER NOT NULL,
  list_requests    INTEGER NOT NULL,
  delete_requests  INTEGER NOT NULL,
  bytes_sent       INTEGER NOT NULL,
  bytes_received   INTEGER NOT NULL,
  cpu_seconds      REAL NOT NULL,
  wall_seconds     REAL NOT NULL
) STRICT;

CREATE INDEX cost_entries_of_video ON cost_entries (video_id);

ALTER TABLE artifacts ADD COLUMN storage_class TEXT NOT NULL DEFAULT 'STANDARD';

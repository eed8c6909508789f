-- What was asked for, from the asking on: a video has its row in `videos` only when it is whole.

CREATE TABLE submissions (
  video_id      TEXT PRIMARY KEY CHECK (length(video_id) = 26),
  origin        TEXT NOT NULL,                    -- path or URL, without credentials
  title         TEXT NOT NULL,
  submitted_at  timestamptz NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('queued', 'acquired', 'ingested', 'ready', 'duplicate', 'failed')),
  changed_at    timestamptz NOT NULL,
  is_copy       BOOLEAN NOT NULL,                 -- another video of the same bytes is meant (`--again`)
  source_key    TEXT,                             -- set when the source was stored before it was acknowledged
  source_sha256 TEXT CHECK (length(source_sha256) = 64),     -- known once acquired
  duplicate_of  TEXT REFERENCES videos (id) ON DELETE SET NULL,
  error_kind    TEXT,                             -- of the last attempt that failed; it may be tried again
  error         TEXT,
  CHECK (state <> 'failed' OR error IS NOT NULL)
);

-- The same bytes are worked on once: whoever comes second waits for the first.
CREATE UNIQUE INDEX submissions_in_work ON submissions (source_sha256)
  WHERE state IN ('acquired', 'ingested') AND NOT is_copy;
CREATE INDEX submissions_unfinished ON submissions (state) WHERE state IN ('queued', 'acquired', 'ingested');

-- How far a job has come: one row while it runs, overwritten about once a second.
CREATE UNLOGGED TABLE progress (
  video_id   TEXT PRIMARY KEY,
  activity   TEXT NOT NULL,
  done       BIGINT NOT NULL,
  expected   BIGINT NOT NULL,
  unit       TEXT NOT NULL,
  per_second DOUBLE PRECISION NOT NULL,
  changed_at timestamptz NOT NULL
);

-- The cost ledger: what each attempt of each stage used. Appended, never changed.
CREATE TABLE cost_entries (
  id               TEXT PRIMARY KEY CHECK (length(id) = 26),
  video_id         TEXT NOT NULL,
  stage            TEXT NOT NULL,
  node             TEXT NOT NULL,
  recorded_at      timestamptz NOT NULL,
  put_requests     BIGINT NOT NULL,
  get_requests     BIGINT NOT NULL,
  head_requests    BIGINT NOT NULL,
  list_requests    BIGINT NOT NULL,
  delete_requests  BIGINT NOT NULL,
  bytes_sent       BIGINT NOT NULL,
  bytes_received   BIGINT NOT NULL,
  cpu_seconds      DOUBLE PRECISION NOT NULL,
  wall_seconds     DOUBLE PRECISION NOT NULL
);

CREATE INDEX cost_entries_of_video ON cost_entries (video_id);

ALTER TABLE artifacts ADD COLUMN storage_class TEXT NOT NULL DEFAULT 'STANDARD';

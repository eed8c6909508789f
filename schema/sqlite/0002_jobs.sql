-- Jobs: the table of Oban's Lite engine, and what it lacks. See docs/jobs.md.

CREATE TABLE IF NOT EXISTS oban_jobs (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  state        TEXT NOT NULL DEFAULT 'available',
  queue        TEXT NOT NULL DEFAULT 'default',
  worker       TEXT NOT NULL,
  args         JSON NOT NULL DEFAULT '{}',
  meta         JSON NOT NULL DEFAULT '{}',
  tags         JSON NOT NULL DEFAULT '[]',
  errors       JSON NOT NULL DEFAULT '[]',
  attempt      INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL DEFAULT 20,
  priority     INTEGER NOT NULL DEFAULT 0,
  inserted_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  scheduled_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  attempted_at TEXT,
  attempted_by JSON NOT NULL DEFAULT '[]',
  cancelled_at TEXT,
  completed_at TEXT,
  discarded_at TEXT
);

CREATE INDEX IF NOT EXISTS oban_jobs_state_queue_priority_scheduled_at_id_index
  ON oban_jobs (state, queue, priority, scheduled_at, id);

-- At most one unfinished job per worker and key, whoever inserts.
CREATE UNIQUE INDEX heaters_unique_jobs ON oban_jobs (worker, json_extract(meta, '$.heaters_unique'))
  WHERE state IN ('available', 'scheduled', 'executing', 'retryable')
    AND json_extract(meta, '$.heaters_unique') IS NOT NULL;

CREATE INDEX heaters_jobs_by_key ON oban_jobs (json_extract(meta, '$.heaters_unique'), id)
  WHERE json_extract(meta, '$.heaters_unique') IS NOT NULL;

-- One row per living worker process. seen_at is refreshed while it lives.
CREATE TABLE job_nodes (
  node       TEXT PRIMARY KEY,
  started_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL
) STRICT;

-- What operators set for a queue; a queue without a row runs as its workers were started.
CREATE TABLE job_queues (
  queue     TEXT PRIMARY KEY,
  is_paused INTEGER NOT NULL DEFAULT 0 CHECK (is_paused IN (0, 1)),
  max_running INTEGER CHECK (max_running >= 1)   -- per node; NULL: as started
) STRICT;

-- The last minute each crontab entry was inserted for, so that one of many nodes does it.
CREATE TABLE job_cron (
  name    TEXT PRIMARY KEY,
  last_at TEXT NOT NULL
) STRICT;

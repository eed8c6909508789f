-- What Oban's job table lacks. The table itself is Oban's own, see oban_jobs.sql and docs/jobs.md.

-- One row per living worker process. seen_at is refreshed while it lives.
CREATE TABLE job_nodes (
  node       TEXT PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz NOT NULL DEFAULT now()
);

-- What operators set for a queue; a queue without a row runs as its workers were started.
CREATE TABLE job_queues (
  queue       TEXT PRIMARY KEY,
  is_paused   BOOLEAN NOT NULL DEFAULT false,
  max_running INTEGER CHECK (max_running >= 1)   -- per node; NULL: as started
);

-- The last minute each crontab entry was inserted for, so that one of many nodes does it.
CREATE TABLE job_cron (
  name    TEXT PRIMARY KEY,
  last_at timestamptz NOT NULL
);

-- What operators look at: see docs/operations.md.

ALTER TABLE cost_entries ADD COLUMN has_failed INTEGER NOT NULL DEFAULT 0 CHECK (has_failed IN (0, 1));
ALTER TABLE cost_entries ADD COLUMN queue_seconds REAL NOT NULL DEFAULT 0;  -- from when the job could run to when it did
ALTER TABLE cost_entries ADD COLUMN frames_decoded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cost_entries ADD COLUMN frames_encoded INTEGER NOT NULL DEFAULT 0;

-- What the ledger's entries of a day come to, so that charts and metrics need not read them all. Written in the
-- transaction that appends the entry; nodes write different rows, by their shard, and so need not wait for each other.
CREATE TABLE stage_days (
  day             TEXT NOT NULL CHECK (length(day) = 10),   -- 2026-01-31, UTC
  stage           TEXT NOT NULL,
  duration        INTEGER NOT NULL,    -- a class of wall seconds: src/catalog/stage_days.h
  shard           INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  failures        INTEGER NOT NULL,
  put_requests    INTEGER NOT NULL,
  get_requests    INTEGER NOT NULL,
  head_requests   INTEGER NOT NULL,
  list_requests   INTEGER NOT NULL,
  delete_requests INTEGER NOT NULL,
  bytes_sent      INTEGER NOT NULL,
  bytes_received  INTEGER NOT NULL,
  cpu_seconds     REAL NOT NULL,
  wall_seconds    REAL NOT NULL,
  queue_seconds   REAL NOT NULL,
  frames_decoded  INTEGER NOT NULL,
  frames_encoded  INTEGER NOT NULL,
  PRIMARY KEY (day, stage, duration, shard)
) STRICT;

INSERT INTO stage_days
SELECT substr(recorded_at, 1, 10), stage,
       CASE WHEN wall_seconds <= 0.1 THEN 0 WHEN wall_seconds <= 0.3 THEN 1 WHEN wall_seconds <= 1 THEN 2
            WHEN wall_seconds <= 3 THEN 3 WHEN wall_seconds <= 10 THEN 4 WHEN wall_seconds <= 30 THEN 5
            WHEN wall_seconds <= 100 THEN 6 WHEN wall_seconds <= 300 THEN 7 WHEN wall_seconds <= 1000 THEN 8
            WHEN wall_seconds <= 3000 THEN 9 ELSE 10 END AS duration,
       0, count(*), 0, sum(put_requests), sum(get_requests), sum(head_requests), sum(list_requests),
       sum(delete_requests), sum(bytes_sent), sum(bytes_received), sum(cpu_seconds), sum(wall_seconds), 0, 0, 0
FROM cost_entries GROUP BY 1, 2, 3;

-- What was stored, by the last time on each day that somebody looked.
CREATE TABLE storage_days (
  day           TEXT NOT NULL CHECK (length(day) = 10),
  storage_class TEXT NOT NULL,
  objects       INTEGER NOT NULL,
  bytes         INTEGER NOT NULL,
  PRIMARY KEY (day, storage_class)
) STRICT;

-- One row: when that was counted, and how long it took.
CREATE TABLE storage_counted (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  counted_at   TEXT NOT NULL,
  took_seconds REAL NOT NULL
) STRICT;

ALTER TABLE pools ADD COLUMN looked_at TEXT;
UPDATE pools SET looked_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');

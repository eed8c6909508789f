-- What operators look at: see docs/operations.md.

ALTER TABLE cost_entries
  ADD COLUMN has_failed     BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN queue_seconds  DOUBLE PRECISION NOT NULL DEFAULT 0,   -- from when the job could run to when it did
  ADD COLUMN frames_decoded BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN frames_encoded BIGINT NOT NULL DEFAULT 0;

-- What the ledger's entries of a day come to, so that charts and metrics need not read them all. Written in the
-- transaction that appends the entry; nodes write different rows, by their shard, and so need not wait for each other.
CREATE TABLE stage_days (
  day             TEXT NOT NULL CHECK (length(day) = 10),   -- 2026-01-31, UTC
  stage           TEXT NOT NULL,
  duration        INTEGER NOT NULL,    -- a class of wall seconds: src/catalog/stage_days.h
  shard           INTEGER NOT NULL,
  attempts        BIGINT NOT NULL,
  failures        BIGINT NOT NULL,
  put_requests    BIGINT NOT NULL,
  get_requests    BIGINT NOT NULL,
  head_requests   BIGINT NOT NULL,
  list_requests   BIGINT NOT NULL,
  delete_requests BIGINT NOT NULL,
  bytes_sent      BIGINT NOT NULL,
  bytes_received  BIGINT NOT NULL,
  cpu_seconds     DOUBLE PRECISION NOT NULL,
  wall_seconds    DOUBLE PRECISION NOT NULL,
  queue_seconds   DOUBLE PRECISION NOT NULL,
  frames_decoded  BIGINT NOT NULL,
  frames_encoded  BIGINT NOT NULL,
  PRIMARY KEY (day, stage, duration, shard)
);

INSERT INTO stage_days
SELECT to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), stage,
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
  objects       BIGINT NOT NULL,
  bytes         BIGINT NOT NULL,
  PRIMARY KEY (day, storage_class)
);

-- One row: when that was counted, and how long it took.
CREATE TABLE storage_counted (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  counted_at   timestamptz NOT NULL,
  took_seconds DOUBLE PRECISION NOT NULL
);

ALTER TABLE pools ADD COLUMN looked_at timestamptz;
UPDATE pools SET looked_at = now();

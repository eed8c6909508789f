-- Workers that are started and stopped to demand: see docs/pools.md.

-- One row per pool that was ever run. What the configuration says is known to whoever runs it; here is what operators
-- changed meanwhile, who may start workers, and what the last look showed.
CREATE TABLE pools (
  name             TEXT PRIMARY KEY,
  wanted_min       INTEGER CHECK (wanted_min >= 0),        -- NULL: as configured
  wanted_max       INTEGER CHECK (wanted_max >= 0),
  is_draining      BOOLEAN NOT NULL DEFAULT false,
  controller       TEXT,                                   -- who may start and stop workers, ...
  controller_until timestamptz,                            -- ... and until when unless it says so again
  backend          TEXT NOT NULL DEFAULT '',
  queues           TEXT NOT NULL DEFAULT '',
  min_workers      INTEGER NOT NULL DEFAULT 0,             -- in effect
  max_workers      INTEGER NOT NULL DEFAULT 0,
  demand           INTEGER NOT NULL DEFAULT 0,             -- jobs
  target           INTEGER NOT NULL DEFAULT 0,             -- workers
  spent_today      DOUBLE PRECISION NOT NULL DEFAULT 0,    -- since midnight UTC
  note             TEXT NOT NULL DEFAULT ''                -- why there are not as many as wanted
);

-- One row per worker that a pool asked for, which is its history too.
CREATE TABLE pool_workers (
  id           TEXT PRIMARY KEY,                           -- also its name where it runs
  pool         TEXT NOT NULL,
  backend      TEXT NOT NULL,
  place        TEXT,                                       -- where it runs: a process, a machine
  node         TEXT,                                       -- its row in job_nodes, once it has begun
  state        TEXT NOT NULL CHECK (state IN ('starting', 'running', 'stopping', 'ended')),
  cause        TEXT,                                       -- of its end
  requested_at timestamptz NOT NULL,
  started_at   timestamptz,                                -- when it began to take jobs
  stopping_at  timestamptz,
  ended_at     timestamptz
);
CREATE INDEX pool_workers_alive ON pool_workers (pool) WHERE ended_at IS NULL;
CREATE INDEX pool_workers_ended ON pool_workers (pool, ended_at);

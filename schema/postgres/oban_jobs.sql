-- Oban's own table as its migration V14 leaves it, for a database that has none. The version is a comment on the table,
-- where Oban looks for it.

CREATE TYPE public.oban_job_state AS ENUM (
  'available', 'suspended', 'scheduled', 'executing', 'retryable', 'completed', 'discarded', 'cancelled');

CREATE TABLE public.oban_jobs (
  id           BIGSERIAL PRIMARY KEY,
  state        public.oban_job_state NOT NULL DEFAULT 'available',
  queue        TEXT NOT NULL DEFAULT 'default',
  worker       TEXT NOT NULL,
  args         JSONB NOT NULL DEFAULT '{}',
  errors       JSONB[] NOT NULL DEFAULT ARRAY[]::JSONB[],
  attempt      INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL DEFAULT 20,
  inserted_at  TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT timezone('UTC', now()),
  scheduled_at TIMESTAMP WITHOUT TIME ZONE NOT NULL DEFAULT timezone('UTC', now()),
  attempted_at TIMESTAMP WITHOUT TIME ZONE,
  completed_at TIMESTAMP WITHOUT TIME ZONE,
  attempted_by TEXT[],
  discarded_at TIMESTAMP WITHOUT TIME ZONE,
  priority     INTEGER NOT NULL DEFAULT 0,
  tags         TEXT[] DEFAULT ARRAY[]::TEXT[],
  meta         JSONB DEFAULT '{}',
  cancelled_at TIMESTAMP WITHOUT TIME ZONE,
  CONSTRAINT attempt_range CHECK (attempt BETWEEN 0 AND max_attempts),
  CONSTRAINT positive_max_attempts CHECK (max_attempts > 0),
  CONSTRAINT queue_length CHECK (char_length(queue) > 0 AND char_length(queue) < 128),
  CONSTRAINT worker_length CHECK (char_length(worker) > 0 AND char_length(worker) < 128)
);
ALTER TABLE public.oban_jobs ADD CONSTRAINT non_negative_priority CHECK (priority >= 0) NOT VALID;

CREATE INDEX oban_jobs_state_queue_priority_scheduled_at_id_index
  ON public.oban_jobs (state, queue, priority, scheduled_at, id);
CREATE INDEX oban_jobs_args_index ON public.oban_jobs USING gin (args);
CREATE INDEX oban_jobs_meta_index ON public.oban_jobs USING gin (meta);
CREATE INDEX oban_jobs_state_cancelled_at_index ON public.oban_jobs (state, cancelled_at);
CREATE INDEX oban_jobs_state_discarded_at_index ON public.oban_jobs (state, discarded_at);

CREATE UNLOGGED TABLE IF NOT EXISTS public.oban_peers (
  name       TEXT PRIMARY KEY,
  node       TEXT NOT NULL,
  started_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
  expires_at TIMESTAMP WITHOUT TIME ZONE NOT NULL
);

COMMENT ON TABLE public.oban_jobs IS '14';

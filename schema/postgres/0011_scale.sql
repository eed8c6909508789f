-- What keeps lists and queues as fast with a million videos as with a hundred: see docs/scale.md.

-- Titles may be as long as pages make them, entries of an index may not.
CREATE INDEX submissions_by_title ON submissions (substr(lower(title), 1, 200), video_id);
CREATE INDEX submissions_by_state ON submissions (state, video_id);
CREATE INDEX submissions_ready ON submissions (changed_at) WHERE state = 'ready';
CREATE INDEX videos_by_duration ON videos (duration_seconds, id);
CREATE INDEX cuts_decided ON cuts (decision, video_id, frame) WHERE decision IS NOT NULL;
CREATE INDEX cuts_by_score ON cuts (score, video_id, frame) WHERE decision IS NULL;

-- Parts of titles and origins, where the extension may be had: its own owner may create it, others must be allowed to.
DO $$
DECLARE
  place text;
BEGIN
  BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
  EXCEPTION WHEN OTHERS THEN
    NULL;
  END;
  SELECT nspname INTO place FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'pg_trgm';
  IF place IS NOT NULL THEN
    EXECUTE format('CREATE INDEX submissions_texts ON submissions USING gin (lower(title) %1$I.gin_trgm_ops, lower(origin) %1$I.gin_trgm_ops)', place);
    EXECUTE format('CREATE INDEX videos_titles ON videos USING gin (lower(title) %I.gin_trgm_ops)', place);
  END IF;
END
$$;

-- Of expressions there are statistics from now on only.
ANALYZE submissions;
ANALYZE videos;

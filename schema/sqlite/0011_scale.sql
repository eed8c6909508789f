-- What keeps lists and queues fast in a large library: see docs/scale.md.

-- Titles may be as long as pages make them, entries of an index may not.
CREATE INDEX submissions_by_title ON submissions (substr(lower(title), 1, 200), video_id);
CREATE INDEX submissions_by_state ON submissions (state, video_id);
CREATE INDEX submissions_ready ON submissions (changed_at) WHERE state = 'ready';
CREATE INDEX videos_by_duration ON videos (duration_seconds, id);
CREATE INDEX cuts_decided ON cuts (decision, video_id, frame) WHERE decision IS NOT NULL;
CREATE INDEX cuts_by_score ON cuts (score, video_id, frame) WHERE decision IS NULL;

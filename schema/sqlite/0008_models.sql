-- Models that people search by, besides the built-in looks. Several at once: the next one is filled in while the last one answers.

CREATE TABLE models (
  name       TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
  digest     TEXT NOT NULL CHECK (length(digest) = 64),  -- of all its files: embeddings.model
  path       TEXT NOT NULL,                              -- of its file, on every machine that encodes
  strategy   TEXT NOT NULL CHECK (strategy IN ('midpoint', 'thirds', 'sharpest')),
  dimensions INTEGER NOT NULL CHECK (dimensions > 0),
  has_text   INTEGER NOT NULL CHECK (has_text IN (0, 1)),
  is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX models_default ON models (is_default) WHERE is_default = 1;

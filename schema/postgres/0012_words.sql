-- Searching for words: by an index that tells at once which videos have them, however many there are. See src/base/words.h, of which
-- this is the other half.

-- Workers write in this order.
LOCK TABLE videos, submissions IN ACCESS EXCLUSIVE MODE;

-- What parts words: in UTF-8 more than ASCII has. No title can make a word or a list of words longer than PostgreSQL takes.
DO $do$
DECLARE
  signs text := '\x01-\x2f:-@\x5b-\x60\x7b-\x7f';
BEGIN
  IF current_setting('server_encoding') = 'UTF8' THEN
    signs := signs || '\u0080-\u00bf\u2000-\u207f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65';
  END IF;
  EXECUTE format($sql$
    CREATE FUNCTION words_of(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
      SELECT array_to_tsvector(array_agg(left(word, 100)))
      FROM regexp_split_to_table(lower(left($1, 50000)), %L) AS word WHERE word <> ''
    $body$ $sql$, '[' || signs || ']+');
END
$do$;

ALTER TABLE submissions ADD COLUMN words tsvector GENERATED ALWAYS AS (words_of(title || ' ' || origin)) STORED;
ALTER TABLE videos ADD COLUMN words tsvector GENERATED ALWAYS AS (words_of(title)) STORED;
-- Without a list of what is to be taken in, which each search would have to read.
CREATE INDEX submissions_words ON submissions USING gin (words) WITH (fastupdate = off);
CREATE INDEX videos_words ON videos USING gin (words) WITH (fastupdate = off);

ANALYZE submissions;
ANALYZE videos;

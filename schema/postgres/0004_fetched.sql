-- What a URL turned out to be, as JSON: docs/json.md, "fetched". NULL for files.
ALTER TABLE submissions ADD COLUMN fetched TEXT;

-- What clips look like, so that they are found by it; masters; and the source's timecode.

ALTER TABLE videos ADD COLUMN timecode TEXT;  -- of the first frame, as the source states it

ALTER TABLE artifacts DROP CONSTRAINT artifacts_kind_check;
ALTER TABLE artifacts ADD CONSTRAINT artifacts_kind_check
  CHECK (kind IN ('source', 'proxy', 'frame_table', 'packet_index', 'score_curve', 'filmstrip_sheet', 'filmstrip_map',
                  'filmstrip_vtt', 'poster', 'waveform', 'export', 'master', 'looks'));

ALTER TABLE exports DROP CONSTRAINT exports_preset_check;
ALTER TABLE exports ADD CONSTRAINT exports_preset_check
  CHECK (preset IN ('source', 'web', 'prores', 'ffv1', 'h264-lossless'));
ALTER TABLE exports ADD COLUMN settings TEXT NOT NULL DEFAULT '';  -- of the preset, where it has any
ALTER TABLE exports ADD COLUMN storage_class TEXT;                 -- that was asked for; NULL: the store's own
ALTER TABLE exports DROP CONSTRAINT exports_video_id_begin_frame_end_frame_preset_key;
-- Asking for the same again is the same export.
ALTER TABLE exports ADD UNIQUE (video_id, begin_frame, end_frame, preset, settings);

-- What a model says of a clip's frames, as a direction. Of another span than the clip has by now it is stale.
CREATE TABLE embeddings (
  clip_id     TEXT NOT NULL CHECK (length(clip_id) = 26),    -- may be gone
  model       TEXT NOT NULL,                                 -- 'look/1', or the digest of a model file
  strategy    TEXT NOT NULL,                                 -- which frames: 'all', 'midpoint', 'thirds', 'sharpest'
  video_id    TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  begin_frame BIGINT NOT NULL,
  end_frame   BIGINT NOT NULL CHECK (end_frame > begin_frame),
  vector      TEXT NOT NULL,                                 -- one byte a dimension, signed, base64
  PRIMARY KEY (clip_id, model, strategy)
);
CREATE INDEX embeddings_of_video ON embeddings (video_id);

#include "documents/video_document.h"

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "catalog/clip_json.h"
#include "catalog/submissions.h"
#include "media/frame_table.h"
#include "storage/keys.h"

namespace heaters::documents {

namespace {

// Times come from the frame table alone, see docs/glossary.md.
media::FrameTable frame_table(const Sources& sources, const catalog::Video& video) {
  const std::string key = storage::video_key(video.id.text(), "frames.hft");
  return media::FrameTable::decode(sources.workspace.read(sources.store, key));
}

Json source_json(const catalog::Video& video) {
  Json source;
  source["bytes"] = video.source_bytes;
  source["sha256"] = video.source_sha256;
  source["container"] = video.container;
  source["video_codec"] = video.video_codec;
  source["audio_codec"] = or_null(video.audio_codec);
  source["width"] = video.width;
  source["height"] = video.height;
  source["frame_count"] = video.frame_count;
  source["duration"] = video.duration_seconds;
  source["frame_rate"] = to_double(video.frame_rate);
  source["frame_rate_fraction"] = fmt::format("{}/{}", video.frame_rate.num, video.frame_rate.den);
  source["variable_frame_rate"] = video.variable_frame_rate;
  source["timecode"] = or_null(video.timecode);
  source["rotation"] = video.rotation;
  source["start"] = video.start_seconds;
  source["repaired_timestamps"] = video.repaired_timestamps;
  source["decode_errors"] = video.decode_errors;
  return source;
}

Json loudness_json(const catalog::Video& video) {
  if (!video.loudness) return nullptr;
  Json loudness;
  loudness["integrated_lufs"] = video.loudness->integrated_lufs;
  loudness["range_lu"] = video.loudness->range_lu;
  loudness["sample_peak_dbfs"] = video.loudness->sample_peak_dbfs;
  return loudness;
}

Json cuts_json(const std::vector<catalog::Cut>& cuts, const media::FrameTable& table) {
  Json list = Json::array();
  for (const auto& cut : cuts) {
    Json each;
    each["frame"] = cut.frame;
    each["time"] = table.seconds(cut.frame);
    each["kind"] = cut.kind;
    each["score"] = or_null(cut.score);
    list.push_back(std::move(each));
  }
  return list;
}

}  // namespace

Json clip_json(const catalog::Clip& clip, const media::FrameTable& table) {
  Json json = catalog::clip_json(clip);
  json["begin_time"] = table.seconds(clip.span.begin);
  json["end_time"] = table.seconds(clip.span.end);
  return json;
}

namespace {

Json clips_json(const std::vector<catalog::Clip>& clips, const media::FrameTable& table) {
  Json list = Json::array();
  for (const auto& clip : clips) list.push_back(clip_json(clip, table));
  return list;
}

}  // namespace

Json video_summary_json(const catalog::Video& video) {
  Json json;
  json["video_id"] = video.id.text();
  json["title"] = video.title;
  json["created_at"] = video.created_at;
  json["copy_of"] = video.copy_of ? Json(video.copy_of->text()) : Json(nullptr);
  json["source"] = source_json(video);
  return json;
}

Json video_json(const Sources& sources, const catalog::Video& video) {
  catalog::Catalog catalog(sources.database);
  const media::FrameTable table = frame_table(sources, video);
  const auto artifacts = catalog.artifacts(video.id);
  std::uint64_t stored_bytes = 0;
  std::uint64_t proxy_bytes = 0;
  Json artifact_list = Json::array();
  for (const auto& artifact : artifacts) {
    stored_bytes += artifact.bytes;
    if (artifact.key == video.proxy_key) proxy_bytes = artifact.bytes;
    Json each;
    each["kind"] = artifact.kind;
    each["key"] = artifact.key;
    each["bytes"] = artifact.bytes;
    each["sha256"] = artifact.sha256;
    artifact_list.push_back(std::move(each));
  }

  Json json = video_summary_json(video);
  const auto submission = catalog::Submissions(sources.database).find(video.id);
  json["origin"] = submission ? Json(submission->origin) : Json(nullptr);
  json["fetched"] = submission && submission->fetched ? Json::parse(*submission->fetched) : Json(nullptr);
  json["proxy"]["rung"] = video.proxy_rung;
  json["proxy"]["reason"] = video.proxy_reason;
  json["proxy"]["key"] = video.proxy_key;
  json["proxy"]["bytes"] = proxy_bytes;
  json["proxy"]["time_shift"] = video.proxy_shift_seconds;
  json["cuts"] = cuts_json(catalog.cuts(video.id), table);
  json["clips"] = clips_json(catalog.clips(video.id), table);
  json["loudness"] = loudness_json(video);
  json["waveform_start"] = or_null(video.waveform_start_seconds);
  json["artifacts"] = std::move(artifact_list);
  json["decode_passes"] = video.decode_passes;
  json["encoded_streams"] = video.encoded_streams;
  json["wall_seconds"] = video.wall_seconds;
  json["cpu_seconds"] = video.cpu_seconds;
  json["stored_bytes"] = stored_bytes;
  return json;
}

Json clips_json(const Sources& sources, const catalog::Video& video) {
  return clips_json(catalog::Catalog(sources.database).clips(video.id), frame_table(sources, video));
}

}  // namespace heaters::documents

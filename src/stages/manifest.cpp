#include "stages/manifest.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

namespace heaters::stages {

namespace {

constexpr const char* file_name = "manifest.json";
constexpr int version = 2;

template <typename T>
std::optional<T> optional_at(const Json& json, const char* key) {
  const Json& value = json.at(key);
  return value.is_null() ? std::nullopt : std::optional(value.get<T>());
}

Json rational_json(Rational value) {
  return Json::array({value.num, value.den});
}

Rational rational_of(const Json& json) {
  return {json.at(0).get<std::int64_t>(), json.at(1).get<std::int64_t>()};
}

// Bytes of a file name that are no UTF-8 would not survive JSON: they are replaced, as on screen.
Json video_json(const catalog::Video& video) {
  Json json;
  json["id"] = video.id.text();
  json["title"] = video.title;
  json["container"] = video.container;
  json["video_codec"] = video.video_codec;
  json["audio_codec"] = or_null(video.audio_codec);
  json["width"] = video.width;
  json["height"] = video.height;
  json["rotation"] = video.rotation;
  json["frame_count"] = video.frame_count;
  json["time_base"] = rational_json(video.time_base);
  json["frame_rate"] = rational_json(video.frame_rate);
  json["variable_frame_rate"] = video.variable_frame_rate;
  json["duration_seconds"] = video.duration_seconds;
  json["start_seconds"] = video.start_seconds;
  json["repaired_timestamps"] = video.repaired_timestamps;
  json["decode_errors"] = video.decode_errors;
  json["proxy_rung"] = video.proxy_rung;
  json["proxy_reason"] = video.proxy_reason;
  json["proxy_shift_seconds"] = video.proxy_shift_seconds;
  json["loudness"] = nullptr;
  if (video.loudness) {
    json["loudness"] = Json::array(
        {video.loudness->integrated_lufs, video.loudness->range_lu, video.loudness->sample_peak_dbfs});
  }
  json["waveform_start_seconds"] = or_null(video.waveform_start_seconds);
  json["timecode"] = or_null(video.timecode);
  json["decode_passes"] = video.decode_passes;
  json["encoded_streams"] = video.encoded_streams;
  json["wall_seconds"] = video.wall_seconds;
  json["cpu_seconds"] = video.cpu_seconds;
  return json;
}

catalog::Video video_of(const Json& json) {
  const auto id = catalog::VideoId::parse(json.at("id").get<std::string>());
  if (!id) throw Error(ErrorKind::Corrupt, "read a manifest: its video has no id");
  catalog::Video video{.id = *id};
  json.at("title").get_to(video.title);
  json.at("container").get_to(video.container);
  json.at("video_codec").get_to(video.video_codec);
  video.audio_codec = optional_at<std::string>(json, "audio_codec");
  json.at("width").get_to(video.width);
  json.at("height").get_to(video.height);
  json.at("rotation").get_to(video.rotation);
  json.at("frame_count").get_to(video.frame_count);
  video.time_base = rational_of(json.at("time_base"));
  video.frame_rate = rational_of(json.at("frame_rate"));
  json.at("variable_frame_rate").get_to(video.variable_frame_rate);
  json.at("duration_seconds").get_to(video.duration_seconds);
  json.at("start_seconds").get_to(video.start_seconds);
  json.at("repaired_timestamps").get_to(video.repaired_timestamps);
  json.at("decode_errors").get_to(video.decode_errors);
  json.at("proxy_rung").get_to(video.proxy_rung);
  json.at("proxy_reason").get_to(video.proxy_reason);
  json.at("proxy_shift_seconds").get_to(video.proxy_shift_seconds);
  if (const Json& loudness = json.at("loudness"); !loudness.is_null()) {
    video.loudness = {loudness.at(0).get<double>(), loudness.at(1).get<double>(),
                      loudness.at(2).get<double>()};
  }
  video.waveform_start_seconds = optional_at<double>(json, "waveform_start_seconds");
  video.timecode = optional_at<std::string>(json, "timecode");
  json.at("decode_passes").get_to(video.decode_passes);
  json.at("encoded_streams").get_to(video.encoded_streams);
  json.at("wall_seconds").get_to(video.wall_seconds);
  json.at("cpu_seconds").get_to(video.cpu_seconds);
  return video;
}

Manifest manifest_of(const Json& json) {
  Manifest manifest{.ingested = {.video = video_of(json.at("video"))}};
  for (const Json& cut : json.at("cuts")) {
    manifest.ingested.cuts.push_back(
        {cut.at(0).get<FrameNumber>(), cut.at(1).get<std::string>(),
         cut.at(2).is_null() ? std::nullopt : std::optional(cut.at(2).get<double>())});
  }
  for (const Json& frame : json.at("keyframes")) {
    manifest.ingested.keyframes.push_back(
        {frame.at(0).get<FrameNumber>(), frame.at(1).get<std::int64_t>(),
         frame.at(2).is_null() ? std::nullopt : std::optional(frame.at(2).get<std::int64_t>())});
  }
  for (const Json& file : json.at("files")) {
    manifest.files.push_back({file.at(0).get<std::string>(), file.at(1).get<std::string>()});
  }
  return manifest;
}

}  // namespace

void Manifest::write(const std::filesystem::path& directory) const {
  Json json;
  json["version"] = version;
  json["video"] = video_json(ingested.video);
  json["cuts"] = Json::array();
  for (const auto& cut : ingested.cuts) json["cuts"].push_back({cut.frame, cut.kind, or_null(cut.score)});
  json["keyframes"] = Json::array();
  for (const auto& frame : ingested.keyframes) {
    json["keyframes"].push_back({frame.frame, frame.pts, or_null(frame.byte_offset)});
  }
  json["files"] = Json::array();
  for (const File& file : files) json["files"].push_back({file.kind, file.name});
  // Under its name only when it is whole: a killed process leaves none.
  const auto partial = directory / (std::string(file_name) + ".part");
  write_text_file(partial, json.dump(-1, ' ', false, Json::error_handler_t::replace));
  std::filesystem::rename(partial, directory / file_name);
}

std::optional<Manifest> Manifest::read(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (!std::filesystem::exists(directory / file_name, ignored)) return std::nullopt;
  const Json json = Json::parse(read_text_file(directory / file_name), nullptr, false);
  try {
    if (!json.is_object() || json.at("version") != version) return std::nullopt;
    Manifest manifest = manifest_of(json);
    for (const File& file : manifest.files) {
      if (!std::filesystem::exists(directory / file.name, ignored)) return std::nullopt;
    }
    return manifest;
  } catch (const Json::exception&) {
    // Of another version of this program: what it tells of can be made again.
    return std::nullopt;
  }
}

}  // namespace heaters::stages

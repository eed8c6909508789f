#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/input_file.h"
#include "app/output.h"
#include "app/progress_bar.h"
#include "app/video_json.h"
#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "stages/ingest.h"

namespace heaters::app {

namespace {

std::string to_line(const Json& json) {
  // A file name need not be UTF-8; the output is.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string for_people(const catalog::Video& video, const Json& json, bool is_duplicate,
                       const std::filesystem::path& store) {
  std::string text = fmt::format(
      "{}  {}{}\n"
      "  source   {} {}x{}, {} frames at {:.3f}/s{}, {:.2f} s, {} bytes\n"
      "  proxy    {}: {}\n"
      "  shots    {} ({} cuts)\n"
      "  stored   {} bytes, {:.3f} of the source, in {}\n"
      "  work     {:.2f} s, {:.2f} CPU s, {} decode pass{}, {} encoded stream{}\n",
      video.id.text(), printable(video.title),
      is_duplicate ? "  (was here already; --again ingests it again)" : "", video.video_codec, video.width,
      video.height, video.frame_count, to_double(video.frame_rate),
      video.variable_frame_rate ? " (variable)" : "", video.duration_seconds, video.source_bytes,
      video.proxy_rung, video.proxy_reason, json["clips"].size(), json["cuts"].size(),
      json["stored_bytes"].get<std::uint64_t>(),
      static_cast<double>(json["stored_bytes"].get<std::uint64_t>()) /
          static_cast<double>(video.source_bytes),
      (store / "videos" / video.id.text()).string(), video.wall_seconds, video.cpu_seconds,
      video.decode_passes, video.decode_passes == 1 ? "" : "es", video.encoded_streams,
      video.encoded_streams == 1 ? "" : "s");
  for (const auto& clip : json["clips"]) {
    text +=
        fmt::format("  shot  {:>7} – {:>7}  {} – {}\n", clip["begin_frame"].get<FrameNumber>(),
                    clip["end_frame"].get<FrameNumber>(), format_clock_time(clip["begin_time"].get<double>()),
                    format_clock_time(clip["end_time"].get<double>()));
  }
  return text;
}

void ingest_one(const Config& config, Home& home, const std::string& file, bool json,
                const std::stop_token& stop) {
  const stages::StageContext context{
      *home.database, home.catalog, home.store,
      home.workspace, stop,         progress_bar(std::filesystem::path(file).filename().string())};
  const stages::IngestResult result = stages::ingest_file(context, file, config.ingest);
  const auto video = home.catalog.find(result.video_id);
  if (!video)
    throw Error(ErrorKind::Internal, fmt::format("read back video {}: it is gone", result.video_id.text()));
  Json description = video_json(home, *video);
  description["duplicate"] = result.is_duplicate;
  print(json ? to_line(description)
             : for_people(*video, description, result.is_duplicate, config.home / "store"));
}

Json failure_json(const std::string& file, const Error& error) {
  Json failure;
  failure["file"] = file;
  failure["error"]["kind"] = to_string(error.kind());
  failure["error"]["message"] = error.what();
  return failure;
}

}  // namespace

int run_ingest(const Config& config, const IngestArguments& arguments, const std::stop_token& stop) {
  int first_failure = 0;
  std::unique_ptr<Home> home;
  for (const std::string& file : arguments.files) {
    try {
      // A home is made for a file that exists, not for a typing error.
      require_input_file(file);
      if (!home) home = Home::create(config.home);
      ingest_one(config, *home, file, arguments.json, stop);
    } catch (const std::exception& exception) {
      const Error error = to_error(exception);
      if (error.kind() == ErrorKind::Cancelled) throw error;
      print_error(fmt::format("heaters: {}", error.what()));
      if (arguments.json) print(to_line(failure_json(file, error)));
      if (first_failure == 0) first_failure = exit_code(error.kind());
    }
  }
  return first_failure;
}

}  // namespace heaters::app

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/clip_list.h"
#include "catalog/exports.h"
#include "catalog/submissions.h"
#include "documents/clip_timeline.h"
#include "documents/export_document.h"
#include "documents/known_videos.h"
#include "exchange/timeline_format.h"
#include "media/export_preset.h"
#include "stages/export.h"
#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

constexpr std::size_t most_clips_at_once = 2000;

std::vector<catalog::PlacedClip> clips_named(db::Database& database, const Json& ids) {
  catalog::Catalog catalog(database);
  std::vector<catalog::PlacedClip> found;
  for (const Json& each : ids) {
    const auto id = clip_id_of(each);
    auto clip = catalog.find_clip(id);
    if (!clip) {
      throw Error(ErrorKind::NotFound, fmt::format("find clip {}: there is none with that id", id.text()));
    }
    found.push_back(*std::move(clip));
  }
  return found;
}

class ExportApi {
 public:
  explicit ExportApi(ApiServices& services) : services_(services) {}

  // Clips of any videos: those of one video are made together.
  Response request(const Request& request, db::Database& database) const {
    const Json body = body_of(request);
    const Json& ids = list_of(body, "clips", most_clips_at_once);
    if (ids.empty()) refuse_argument("clips", "it names none");
    const auto format =
        media::parse_export_preset(body.contains("preset") ? text_of(body, "preset") : "source");
    if (!format) refuse_argument("preset", "it must be source, web, prores, ffv1 or h264-lossless");
    std::map<std::string, std::vector<FrameSpan>> spans;
    for (const catalog::PlacedClip& placed : clips_named(database, ids)) {
      auto& own = spans[placed.video_id.text()];
      if (std::find(own.begin(), own.end(), placed.clip.span) == own.end()) own.push_back(placed.clip.span);
    }
    documents::KnownVideos videos = known_videos(database);
    Json exports = Json::array();
    for (const auto& [id, wanted] : spans) {
      const auto* const known = videos.find(*catalog::VideoId::parse(id));
      if (known == nullptr) throw Error(ErrorKind::NotFound, fmt::format("find video {}: it is gone", id));
      for (const auto& each : stages::submit_exports(database, known->video, wanted, *format).exports) {
        exports.push_back(document(videos, each));
      }
    }
    return json_response({{"exports", std::move(exports)}}, 202);
  }

  Response list(const Request& request, db::Database& database) const {
    catalog::Exports exports(database);
    std::vector<catalog::Export> found;
    Json json;
    if (query_text(request, "video_id")) {
      const auto id = catalog::VideoId::parse(*query_text(request, "video_id"));
      if (!id) refuse_argument("video_id", "it is no id");
      found = exports.of_video(*id);
      json["total"] = found.size();
    } else {
      const int limit = static_cast<int>(query_integer(request, "limit", 1, 500).value_or(100));
      const int offset = static_cast<int>(query_integer(request, "offset", 0, 1'000'000'000).value_or(0));
      found = exports.page(limit, offset);
      json["total"] = exports.count();
    }
    documents::KnownVideos videos = known_videos(database);
    json["exports"] = Json::array();
    for (const auto& each : found) json["exports"].push_back(document(videos, each));
    return json_response(json);
  }

  Response show(const Request& request, db::Database& database) const {
    const auto id = catalog::ExportId::parse(request.parameter("export_id"));
    const auto exported = id ? catalog::Exports(database).find(*id) : std::nullopt;
    if (!exported) {
      throw Error(ErrorKind::NotFound,
                  fmt::format("find export {}: there is none with that id", request.parameter("export_id")));
    }
    documents::KnownVideos videos = known_videos(database);
    return json_response(document(videos, *exported));
  }

  // The clips that are named, in their order, for editors' programs and data sets.
  Response timeline(const Request& request, db::Database& database) const {
    const Json body = body_of(request);
    const std::string name = text_of(body, "format");
    const auto* const format = exchange::find_timeline_format(name);
    if (format == nullptr)
      refuse_argument("format", "it must be csv, edl, ffmetadata, fcpxml, jsonl, otio, qpfile or vtt");
    const Json& ids = list_of(body, "clips", most_clips_at_once);
    if (ids.empty()) refuse_argument("clips", "it names none");
    const auto timeline = documents::clip_timeline({database, *services_.store, services_.workspace},
                                                   clips_named(database, ids), "Clips");
    Response response{.status = 200, .headers = {}, .body = format->write(timeline)};
    response.set("Content-Type", std::string(format->media_type));
    return response.set("Content-Disposition",
                        fmt::format("attachment; filename=\"clips{}\"", format->extension));
  }

 private:
  Json document(documents::KnownVideos& videos, const catalog::Export& exported) const {
    db::Database& database = videos.sources().database;
    const auto* const known = videos.find(exported.video_id);
    if (known == nullptr) {
      throw Error(ErrorKind::NotFound, fmt::format("find video {}: it is gone", exported.video_id.text()));
    }
    Json json = documents::export_json(database, exported, known->table);
    json["title"] = known->video.title;
    const auto progress = exported.state == "queued"
                              ? catalog::Submissions(database).progress(exported.video_id)
                              : std::nullopt;
    json["progress"] = nullptr;
    if (progress && progress->expected > 0) {
      json["progress"] = static_cast<double>(progress->done) / static_cast<double>(progress->expected);
    }
    return json;
  }

  documents::KnownVideos known_videos(db::Database& database) const {
    return documents::KnownVideos({database, *services_.store, services_.workspace});
  }

  ApiServices& services_;
};

}  // namespace

std::vector<Route> export_routes(ApiServices& services) {
  const auto api = std::make_shared<ExportApi>(services);
  const auto route = [&](const char* method, const char* path, const char* operation,
                         Response (ExportApi::*handle)(const Request&, db::Database&) const) {
    return Route{.method = method,
                 .path = path,
                 .operation = operation,
                 .needs = Needs::Reviewer,
                 .handle = [api, handle](const Request& request, db::Database& database) {
                   return (*api.*handle)(request, database);
                 }};
  };
  return {
      route("POST", "/api/v1/exports", "requestExports", &ExportApi::request),
      route("GET", "/api/v1/exports", "listExports", &ExportApi::list),
      route("GET", "/api/v1/exports/{export_id}", "showExport", &ExportApi::show),
      route("POST", "/api/v1/timelines", "writeTimeline", &ExportApi::timeline),
  };
}

}  // namespace heaters::web

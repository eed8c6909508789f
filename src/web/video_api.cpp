#include <fmt/format.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/cost_ledger.h"
#include "catalog/library.h"
#include "documents/cost_document.h"
#include "documents/library_document.h"
#include "documents/video_document.h"
#include "jobs/queue.h"
#include "review/review.h"
#include "shots/score_curve.h"
#include "stages/origin.h"
#include "storage/keys.h"
#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

[[noreturn]] void no_such_video(const catalog::VideoId& id) {
  throw Error(ErrorKind::NotFound, fmt::format("find video {}: there is none with that id", id.text()));
}

catalog::Video find_ready(db::Database& database, const Request& request) {
  const auto id = video_id_of(request);
  auto video = catalog::Catalog(database).find(id);
  if (!video) no_such_video(id);
  return *std::move(video);
}

class VideoApi {
 public:
  explicit VideoApi(ApiServices& services) : services_(services) {}

  static Response list(const Request& request, db::Database& database) {
    catalog::LibraryQuery query{.text = query_text(request, "query").value_or(""),
                                .state = query_text(request, "state")};
    const std::string sort = query_text(request, "sort").value_or("newest");
    const auto parsed = catalog::parse_library_sort(sort);
    if (!parsed) refuse_argument("sort", "it must be newest, oldest, title, longest or undecided");
    query.sort = *parsed;
    query.limit = static_cast<int>(query_integer(request, "limit", 1, 200).value_or(50));
    query.offset = static_cast<int>(query_integer(request, "offset", 0, 1'000'000'000).value_or(0));
    Json json;
    const auto page = catalog::Library(database).page(query, most_in_total + 1);
    put_total(json, page.total);
    json["videos"] = Json::array();
    for (const auto& entry : page.entries) {
      json["videos"].push_back(documents::library_entry_json(entry));
    }
    return json_response(json);
  }

  static Response show(const Request& request, db::Database& database) {
    const auto id = video_id_of(request);
    const auto entry = catalog::Library(database).find(id);
    if (!entry) no_such_video(id);
    return json_response(documents::library_entry_json(*entry));
  }

  Response details(const Request& request, db::Database& database) const {
    const catalog::Video video = find_ready(database, request);
    return json_response(documents::video_json({database, *services_.store, services_.workspace}, video));
  }

  Response clips(const Request& request, db::Database& database) const {
    const catalog::Video video = find_ready(database, request);
    Json json;
    json["video_id"] = video.id.text();
    json["frame_count"] = video.frame_count;
    json["clips"] = documents::clips_json({database, *services_.store, services_.workspace}, video);
    return json_response(json);
  }

  Response cost(const Request& request, db::Database& database) const {
    const auto id = video_id_of(request);
    const auto costs = catalog::CostLedger(database).costs(id);
    if (costs.empty()) no_such_video(id);
    return json_response(documents::cost_json(costs.front(), services_.prices));
  }

  // A URL that cannot be one fails alone.
  Response submit(const Request& request, db::Database& database) const {
    const Json body = body_of(request);
    constexpr std::size_t most_urls = 200;
    const Json& urls = list_of(body, "urls", most_urls);
    if (urls.empty()) refuse_argument("urls", "it names none");
    Json submissions = Json::array();
    for (const Json& each : urls) {
      submissions.push_back(submit_one(text_in(each, "urls"), database));
    }
    return json_response({{"submissions", std::move(submissions)}}, 202);
  }

  Response retry(const Request& request, db::Database& database) const {
    const auto id = video_id_of(request);
    if (!catalog::Submissions(database).find(id)) no_such_video(id);
    const auto queue = jobs::make_queue(database);
    db::Transaction transaction(database);
    const auto job = queue->latest(id.text());
    if (!job || !queue->retry(job->id)) {
      throw Error(
          ErrorKind::Conflict,
          fmt::format("retry video {}: {}", id.text(),
                      job ? fmt::format("its job is {}", jobs::to_string(job->state)) : "its job is gone"));
    }
    catalog::Submissions(database).queued(id);
    transaction.commit();
    return empty_response();
  }

  // The cuts at another threshold, for whoever wants to see them before they are taken.
  Response cuts(const Request& request, db::Database& database) const {
    const catalog::Video video = find_ready(database, request);
    const auto threshold =
        threshold_of(query_number(request, "threshold", 0, 1), query_number(request, "sensitivity", 0, 1));
    const auto min_shot = query_integer(request, "min_shot", 1, 1'000'000);
    Json list = Json::array();
    for (const auto& cut : select(video, threshold, min_shot)) {
      list.push_back({{"frame", cut.frame}, {"kind", cut.kind}, {"score", or_null(cut.score)}});
    }
    return json_response({{"cuts", std::move(list)}});
  }

  Response resegment(const Request& request, db::Database& database) const {
    const catalog::Video video = find_ready(database, request);
    const Json body = body_of(request);
    const auto threshold =
        threshold_of(number_of(body, "threshold", 0, 1), number_of(body, "sensitivity", 0, 1));
    const auto cuts = select(video, threshold, integer_of(body, "min_shot", 1, 1'000'000));
    review::Review(database, request.principal->name).resegment(video.id, cuts);
    return clips(request, database);
  }

 private:
  Json submit_one(const std::string& url, db::Database& database) const {
    Json json;
    json["url"] = stages::printable_origin(url);
    json["video_id"] = json["error"] = nullptr;
    try {
      json["video_id"] =
          stages::submit_url(database, url, services_.submit_options(database)).video_id.text();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::InvalidInput && error.kind() != ErrorKind::Unsupported) throw;
      json["error"] = {{"kind", heaters::to_string(error.kind())}, {"message", error.what()}};
    }
    return json;
  }

  // The same thing told from either end.
  static std::optional<double> threshold_of(std::optional<double> threshold,
                                            std::optional<double> sensitivity) {
    if (threshold && sensitivity) {
      throw Error(ErrorKind::InvalidInput,
                  "choose cuts: \"sensitivity\" is 1 less \"threshold\": name one of them");
    }
    return sensitivity ? 1 - *sensitivity : threshold;
  }

  std::vector<catalog::Cut> select(const catalog::Video& video, std::optional<double> threshold,
                                   std::optional<std::int64_t> min_shot) const {
    shots::CutSelection selection = services_.submit.shots;
    if (threshold) selection.threshold = static_cast<float>(*threshold);
    if (min_shot) selection.min_shot = *min_shot;
    const auto curve = shots::ScoreCurve::decode(
        services_.workspace.read(*services_.store, storage::video_key(video.id.text(), "scores.hsc")));
    std::vector<catalog::Cut> cuts;
    for (const shots::Cut& cut : shots::select_cuts(curve, selection)) {
      cuts.push_back({cut.frame, std::string(shots::to_string(cut.kind)), cut.score});
    }
    return cuts;
  }

  ApiServices& services_;
};

}  // namespace

std::vector<Route> video_routes(ApiServices& services) {
  const auto api = std::make_shared<VideoApi>(services);
  const auto route = [&](const char* method, const char* path, const char* operation, Needs needs,
                         const auto& handle) {
    return Route{.method = method, .path = path, .operation = operation, .needs = needs, .handle = handle};
  };
  const auto member = [&](Response (VideoApi::*handle)(const Request&, db::Database&) const) {
    return [api, handle](const Request& request, db::Database& database) {
      return (*api.*handle)(request, database);
    };
  };
  return {
      route("GET", "/api/v1/videos", "listVideos", Needs::Reviewer, VideoApi::list),
      route("POST", "/api/v1/videos", "submitUrls", Needs::Admin, member(&VideoApi::submit)),
      route("GET", "/api/v1/videos/{video_id}", "showVideo", Needs::Reviewer, VideoApi::show),
      route("GET", "/api/v1/videos/{video_id}/details", "showVideoDetails", Needs::Reviewer,
            member(&VideoApi::details)),
      route("GET", "/api/v1/videos/{video_id}/clips", "listClips", Needs::Reviewer, member(&VideoApi::clips)),
      route("GET", "/api/v1/videos/{video_id}/cost", "showCost", Needs::Reviewer, member(&VideoApi::cost)),
      route("POST", "/api/v1/videos/{video_id}/retry", "retryVideo", Needs::Admin, member(&VideoApi::retry)),
      route("GET", "/api/v1/videos/{video_id}/cuts", "previewCuts", Needs::Reviewer, member(&VideoApi::cuts)),
      route("POST", "/api/v1/videos/{video_id}/resegment", "resegment", Needs::Reviewer,
            member(&VideoApi::resegment)),
  };
}

}  // namespace heaters::web

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "catalog/clip_json.h"
#include "review/leases.h"
#include "review/review.h"
#include "review/review_queue.h"
#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

constexpr std::size_t most_clips = 5'000;

Json changes_list(const std::vector<review::Change>& changes) {
  return Json::parse(review::changes_json(changes));
}

Json decision_json(const review::LoggedDecision& decision) {
  Json json;
  json["decision_id"] = decision.id;
  json["video_id"] = decision.video_id.text();
  json["reviewer"] = decision.reviewer;
  json["operation"] = decision.operation;
  json["subject"] = or_null(decision.subject);
  json["made_at"] = decision.made_at;
  json["state"] = or_null(decision.state);
  json["changes"] = changes_list(decision.changes);
  return json;
}

review::SeenClip seen_clip(const Json& json) {
  if (!json.is_object()) refuse_argument("clips", "its elements must be objects");
  const auto begin = integer_of(json, "begin_frame", 0, INT64_MAX);
  const auto end = integer_of(json, "end_frame", 0, INT64_MAX);
  if (!begin || !end) refuse_argument("clips", "begin_frame and end_frame are missing");
  const auto grouped = json.find("is_grouped");
  return {.id = clip_id_of(json.value("clip_id", Json())),
          .span = {*begin, *end},
          .decision = decision_of(json.value("decision", Json())),
          .is_grouped = grouped != json.end() && grouped->is_boolean() && grouped->get<bool>()};
}

// Runs an operation; a conflict tells how the clips are now.
template <typename Operation>
Response answer(Operation operation) {
  try {
    return json_response(decision_json(operation()));
  } catch (const review::ReviewConflict& conflict) {
    Json json;
    json["error"] = {{"kind", "conflict"}, {"message", conflict.what()}};
    json["clips"] = Json::array();
    for (const auto& clip : conflict.clips()) json["clips"].push_back(catalog::clip_json(clip));
    return json_response(json, 409);
  }
}

Response perform(const Request& request, db::Database& database) {
  const Json body = body_of(request);
  const auto video = video_id_of(body);
  const auto operation = review::parse_operation(text_of(body, "operation"));
  if (!operation || *operation == review::Operation::Resegment) {
    refuse_argument("operation", "it must be approve, skip, archive, merge, group, ungroup, split or move");
  }
  std::vector<review::SeenClip> clips;
  for (const Json& each : list_of(body, "clips", most_clips)) clips.push_back(seen_clip(each));
  const auto frame = integer_of(body, "frame", 0, INT64_MAX);
  return answer([&] {
    return review::Review(database, request.principal->name).perform(video, *operation, clips, frame);
  });
}

Response undo(const Request& request, db::Database& database) {
  const Json body = request.body.empty() ? Json::object() : body_of(request);
  const auto decision = integer_of(body, "decision_id", 1, INT64_MAX);
  return answer([&] { return review::Review(database, request.principal->name).undo(decision); });
}

Response redo(const Request& request, db::Database& database) {
  return answer([&] { return review::Review(database, request.principal->name).redo(); });
}

Response decisions_json(const std::vector<review::LoggedDecision>& decisions) {
  Json json;
  json["decisions"] = Json::array();
  for (const auto& each : decisions) json["decisions"].push_back(decision_json(each));
  return json_response(json);
}

Response history(const Request& request, db::Database& database) {
  const auto limit = static_cast<int>(query_integer(request, "limit", 1, 500).value_or(50));
  return decisions_json(review::Review(database, request.principal->name)
                            .history(limit, query_integer(request, "before", 1, INT64_MAX)));
}

Response history_of_video(const Request& request, db::Database& database) {
  const auto limit = static_cast<int>(query_integer(request, "limit", 1, 500).value_or(50));
  return decisions_json(
      review::Review(database, request.principal->name).history_of(video_id_of(request), limit));
}

review::ClipFilter filter_of(const Json& json) {
  review::ClipFilter filter;
  if (json.contains("video_id") && !json["video_id"].is_null()) filter.video = video_id_of(json);
  filter.decision = decision_of(json.value("decision", Json()));
  filter.min_score = number_of(json, "min_score", 0, 1);
  filter.max_score = number_of(json, "max_score", 0, 1);
  filter.min_seconds = number_of(json, "min_seconds", 0, 1e9);
  filter.max_seconds = number_of(json, "max_seconds", 0, 1e9);
  return filter;
}

Response take(const Request& request, db::Database& database) {
  const Json body = body_of(request);
  const auto order = review::parse_queue_order(body.contains("order") ? text_of(body, "order") : "time");
  if (!order) refuse_argument("order", "it must be time, newest, score, shortest or longest");
  const auto count = static_cast<int>(integer_of(body, "count", 1, 50).value_or(1));
  std::vector<catalog::ClipId> exclude;
  constexpr std::size_t most_excluded = 1'000;
  for (const Json& each : list_of(body, "exclude", most_excluded)) exclude.push_back(clip_id_of(each));
  const auto filter = filter_of(body);
  review::ReviewQueue queue(database, request.principal->name);
  Json json;
  json["clips"] = Json::array();
  for (const auto& each : queue.take(filter, *order, count, exclude)) {
    Json clip;
    clip["video_id"] = each.video_id.text();
    clip["clip"] = catalog::clip_json(each.clip);
    json["clips"].push_back(std::move(clip));
  }
  constexpr std::int64_t most_counted = 10'000;
  json["remaining"] = queue.count(filter, most_counted);
  return json_response(json);
}

std::vector<catalog::ClipId> clip_ids_of(const Json& body) {
  std::vector<catalog::ClipId> ids;
  constexpr std::size_t most_leases = 100;
  for (const Json& each : list_of(body, "clip_ids", most_leases)) ids.push_back(clip_id_of(each));
  return ids;
}

Response lease(const Request& request, db::Database& database) {
  const auto ids = clip_ids_of(body_of(request));
  db::Transaction transaction(database);
  review::note_reviewer(database, request.principal->name);
  review::Leases leases(database, request.principal->name);
  Json refused = Json::array();
  for (const auto& id : ids) {
    if (leases.take(id)) continue;
    refused.push_back({{"clip_id", id.text()}, {"reviewer", or_null(leases.other_holder(id))}});
  }
  transaction.commit();
  return json_response({{"refused", std::move(refused)}});
}

Response release(const Request& request, db::Database& database) {
  review::Leases(database, request.principal->name).release(clip_ids_of(body_of(request)));
  return empty_response();
}

}  // namespace

std::vector<Route> review_routes(ApiServices&) {
  const auto route = [](const char* method, const char* path, const char* operation,
                        Response (*handle)(const Request&, db::Database&)) {
    return Route{
        .method = method, .path = path, .operation = operation, .needs = Needs::Reviewer, .handle = handle};
  };
  return {
      route("POST", "/api/v1/decisions", "decide", perform),
      route("GET", "/api/v1/decisions", "listDecisions", history),
      route("POST", "/api/v1/decisions/undo", "undo", undo),
      route("POST", "/api/v1/decisions/redo", "redo", redo),
      route("GET", "/api/v1/videos/{video_id}/decisions", "listDecisionsOfVideo", history_of_video),
      route("POST", "/api/v1/review-queue/take", "takeClips", take),
      route("POST", "/api/v1/leases", "lease", lease),
      route("POST", "/api/v1/leases/release", "release", release),
  };
}

}  // namespace heaters::web

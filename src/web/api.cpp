#include "web/api.h"

#include <iterator>

namespace heaters::web {

stages::SubmitOptions ApiServices::submit_options(db::Database& database) const {
  stages::SubmitOptions options = submit;
  if (node_here) options.node = node_here(database);
  return options;
}

std::vector<Route> api_routes(ApiServices& services) {
  std::vector<Route> all = {
      {.method = "GET",
       .path = "/readyz",
       .operation = "isReady",
       .needs = Needs::Nothing,
       .handle =
           [&services](const Request&, db::Database& database) {
             if (services.stop.stop_requested()) {
               return error_response(503, "unavailable", "the server is stopping");
             }
             database.prepare("SELECT 1").step();
             return empty_response(200);
           }},
      {.method = "GET",
       .path = "/api/v1/openapi.json",
       .operation = "describeApi",
       .handle =
           [](const Request&, db::Database&) {
             Response response{.status = 200, .headers = {}, .body = std::string(openapi_document)};
             return response.set("Content-Type", "application/json").set("Cache-Control", "no-cache");
           }},
      {.method = "GET",
       .path = "/api/v1/events",
       .operation = "followEvents",
       .handle =
           [](const Request& request, db::Database&) {
             return Response{
                 .status = 200, .headers = {}, .body = EventBody{request.header("last-event-id")}};
           }},
  };
  for (auto* const make : {access_routes, video_routes, media_routes, review_routes, job_routes,
                           upload_routes, clip_routes, export_routes, system_routes}) {
    auto some = make(services);
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return all;
}

}  // namespace heaters::web

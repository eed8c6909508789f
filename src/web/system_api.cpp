#include <fmt/format.h>

#include "base/error.h"
#include "documents/metrics_text.h"
#include "documents/system_document.h"
#include "elastic/pools.h"
#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

constexpr int most_days = 366;
constexpr int usual_days = 30;
constexpr int most_workers = 10'000;

documents::ServerCounts server_counts(const ApiServices& services) {
  documents::ServerCounts counts{
      .requests = {}, .request_seconds = services.requests.seconds(), .store = services.store->usage()};
  for (std::size_t digit = 1; digit < RequestCounts::classes; ++digit)
    counts.requests.push_back({fmt::format("{}xx", digit), services.requests.of_class(digit)});
  return counts;
}

Response metrics(const ApiServices& services, db::Database& database) {
  Response response{.status = 200,
                    .headers = {},
                    .body = documents::metrics_text(database, services.prices, services.version) +
                            documents::server_metrics_text(server_counts(services))};
  return response.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
      .set("Cache-Control", "no-store");
}

Response system(const ApiServices& services, const Request& request, db::Database& database) {
  const auto days = static_cast<int>(query_integer(request, "days", 1, most_days).value_or(usual_days));
  Json json = documents::system_json(database, services.prices, days);
  json["version"] = services.version;
  json["database"] = database.dialect() == db::Dialect::Postgres ? "PostgreSQL" : "SQLite";
  json["store"] = services.store->name();
  return json_response(json);
}

Response set_limits(const Request& request, db::Database& database) {
  const Json body = body_of(request);
  const auto limit = [&](const char* name) -> std::optional<int> {
    const auto value = integer_of(body, name, 0, most_workers);
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
  };
  const auto min = limit("min");
  const auto max = limit("max");
  if (min && max && *min > *max) refuse_argument("min", "it is more than \"max\"");
  elastic::Pools(database).set(request.parameter("pool"), min, max);
  return empty_response();
}

Response drain(const Request& request, db::Database& database, bool is_draining) {
  elastic::Pools(database).drain(request.parameter("pool"), is_draining);
  return empty_response();
}

}  // namespace

std::vector<Route> system_routes(ApiServices& services) {
  const auto route = [](const char* method, const char* path, const char* operation, Needs needs,
                        auto handle) {
    return Route{.method = method, .path = path, .operation = operation, .needs = needs, .handle = handle};
  };
  return {
      route("GET", "/metrics", "readMetrics", services.has_open_metrics ? Needs::Nothing : Needs::Reviewer,
            [&services](const Request&, db::Database& database) { return metrics(services, database); }),
      route("GET", "/api/v1/system", "showSystem", Needs::Admin,
            [&services](const Request& request, db::Database& database) {
              return system(services, request, database);
            }),
      route("POST", "/api/v1/pools/{pool}/limits", "setPoolLimits", Needs::Admin, set_limits),
      route("POST", "/api/v1/pools/{pool}/drain", "drainPool", Needs::Admin,
            [](const Request& request, db::Database& database) { return drain(request, database, true); }),
      route("POST", "/api/v1/pools/{pool}/resume", "resumePool", Needs::Admin,
            [](const Request& request, db::Database& database) { return drain(request, database, false); }),
  };
}

}  // namespace heaters::web

#include <fmt/format.h>

#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

Json principal_json(const ApiServices& services, const Principal& principal) {
  Json json;
  json["name"] = principal.name;
  json["role"] = to_string(principal.role);
  json["needs_token"] = !services.access.is_open();
  json["version"] = services.version;
  return json;
}

Response log_in(const ApiServices& services, const Request& request) {
  if (services.access.is_open()) return json_response(principal_json(services, *request.principal));
  const auto login = services.access.log_in(text_of(body_of(request), "token"), request.remote_address);
  if (login.retry_after) {
    Response response = error_response(429, "exhausted", "log in: too many failures; wait a little");
    return response.set("Retry-After", fmt::format("{}", login.retry_after->count()));
  }
  if (!login.cookie) return error_response(401, "unauthorized", "log in: nobody has this token");
  Response response = json_response(principal_json(services, *login.principal));
  return response.set("Set-Cookie", *login.cookie);
}

}  // namespace

std::vector<Route> access_routes(ApiServices& services) {
  return {
      {.method = "POST",
       .path = "/api/v1/login",
       .operation = "logIn",
       .needs = Needs::Nothing,
       .handle = [&services](const Request& request, db::Database&) { return log_in(services, request); }},
      {.method = "POST",
       .path = "/api/v1/logout",
       .operation = "logOut",
       .needs = Needs::Nothing,
       .handle =
           [&services](const Request&, db::Database&) {
             Response response = empty_response();
             return response.set("Set-Cookie", services.access.expired_cookie());
           }},
      {.method = "GET",
       .path = "/api/v1/me",
       .operation = "whoAmI",
       .handle = [&services](
                     const Request& request,
                     db::Database&) { return json_response(principal_json(services, *request.principal)); }},
  };
}

}  // namespace heaters::web

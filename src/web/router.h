#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "web/message.h"

namespace heaters::web {

enum class Needs { Nothing, Reviewer, Admin };

// Takes a body that is not held in memory, on threads that may wait, piece by piece.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void write(std::string_view piece) = 0;
  // The body is complete.
  virtual Response finish() = 0;
};

// One operation of the API.
struct Route {
  std::string method;
  std::string path;       // "/api/v1/videos/{video_id}"
  std::string operation;  // its operationId in the OpenAPI document
  Needs needs = Needs::Reviewer;
  // Called on a thread that may wait, with a connection of its own.
  std::function<Response(const Request&, db::Database&)> handle;
  // May be there beside `handle`, and is asked first, on the threads that move bytes: what it has at hand it
  // answers without waiting for anything.
  std::function<std::optional<Response>(const Request&)> handle_at_once;
  // Instead of `handle`, for bodies of any size. The connection is not kept.
  std::function<std::unique_ptr<BodySink>(const Request&, db::Database&)> receive;
};

struct RouteMatch {
  const Route* route = nullptr;              // nullptr: no such path, or not this method
  std::vector<std::string> allowed_methods;  // of the path
};

// Finds the route for a request and fills in its parameters. HEAD is GET where no route says otherwise.
class Router {
 public:
  explicit Router(std::vector<Route> routes);
  RouteMatch match(Request& request) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

// A request's target taken apart; false when it is malformed: no path, a control character or what is no
// UTF-8 (encoded ones too), a percent sign that encodes nothing, a part that is "." or "..".
bool parse_target(std::string_view target, Request& request);

}  // namespace heaters::web

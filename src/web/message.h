#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "web/byte_range.h"

namespace heaters::web {

// What a person or a script may do. A reviewer sees everything and decides about clips; an admin also
// submits, retries, cancels and pauses.
enum class Role { Reviewer, Admin };

std::string_view to_string(Role role);

struct Principal {
  std::string name;  // under which decisions are logged
  Role role = Role::Reviewer;
};

// A request as a handler sees it: HTTP without its library. Names of headers are in lower case.
struct Request {
  std::string method;  // "GET", ...
  std::string path;    // as sent, without the query
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;
  std::string body;
  std::string remote_address;
  std::string trace;  // base/trace.h: the client's, or one of its own

  std::map<std::string, std::string> parameters;  // parts of the path, by the route's names; decoded
  std::optional<Principal> principal;

  // Empty when there is none.
  std::string header(const std::string& name) const;
  const std::string& parameter(const std::string& name) const { return parameters.at(name); }
};

// A part of a file, sent without being read into memory.
struct FileBody {
  std::shared_ptr<const FileDescriptor> file;
  ByteSpan span;
};

// A body that is made piece by piece, on a thread that may wait: each call gives the next piece, an empty one
// ends it early, which the client sees as a broken connection.
struct PieceBody {
  std::uint64_t bytes = 0;
  std::function<std::string()> next;
};

// A stream of events that lasts until somebody hangs up; `last_event_id` is where the client has been.
struct EventBody {
  std::string last_event_id;
};

struct Response {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::variant<std::string, FileBody, PieceBody, EventBody> body;

  Response& set(const std::string& name, const std::string& value) {
    headers.emplace_back(name, value);
    return *this;
  }
  // The length that is announced, nullopt for a stream.
  std::optional<std::uint64_t> content_length() const;
};

Response json_response(const Json& json, unsigned status = 200);
Response empty_response(unsigned status = 204);
// {"error": {"kind": ..., "message": ...}}
Response error_response(unsigned status, std::string_view kind, const std::string& message);
// By the error's kind; what nobody expected is logged under an id, and only that is told.
Response error_response(const std::exception& exception);

}  // namespace heaters::web

#include "web/message.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"

namespace heaters::web {

namespace {

unsigned status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidInput:
      return 400;
    case ErrorKind::NotFound:
      return 404;
    case ErrorKind::Conflict:
      return 409;
    case ErrorKind::Unsupported:
      return 415;
    case ErrorKind::Corrupt:
      return 422;
    case ErrorKind::Unavailable:
    case ErrorKind::Exhausted:
    case ErrorKind::Cancelled:
      return 503;
    case ErrorKind::Internal:
      break;
  }
  return 500;
}

}  // namespace

std::string_view to_string(Role role) {
  return role == Role::Admin ? "admin" : "reviewer";
}

std::string Request::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::optional<std::uint64_t> Response::content_length() const {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* file = std::get_if<FileBody>(&body)) return file->span.length();
  if (const auto* pieces = std::get_if<PieceBody>(&body)) return pieces->bytes;
  return std::nullopt;
}

Response json_response(const Json& json, unsigned status) {
  Response response{.status = status, .headers = {}, .body = json_text(json)};
  response.set("Content-Type", "application/json");
  response.set("Cache-Control", "no-store");
  return response;
}

Response empty_response(unsigned status) {
  return {.status = status, .headers = {{"Cache-Control", "no-store"}}, .body = std::string()};
}

Response error_response(unsigned status, std::string_view kind, const std::string& message) {
  return json_response({{"error", {{"kind", kind}, {"message", message}}}}, status);
}

Response error_response(const std::exception& exception) {
  const Error error = to_error(exception);
  const unsigned status = status_of(error.kind());
  if (status == 500) {
    const std::string id = new_ulid();
    log(LogLevel::Error, "web.failed", {{"id", id}, {"error", error.what()}});
    return error_response(status, "internal",
                          fmt::format("something went wrong here; the log has it under {}", id));
  }
  Response response = error_response(status, heaters::to_string(error.kind()), error.what());
  if (status == 503) {
    response.set("Retry-After",
                 fmt::format("{}", error.retry_after().value_or(std::chrono::seconds(2)).count()));
  }
  return response;
}

}  // namespace heaters::web

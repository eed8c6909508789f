#include "elastic/json_api.h"

#include <fmt/format.h>

#include <chrono>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/redaction.h"

namespace heaters::elastic {

std::string text_at(const Json& json, const char* key) {
  return json.is_object() && json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
}

std::string JsonApi::Answer::text(const char* key) const {
  return text_at(body, key);
}

JsonApi::JsonApi(Options options) : options_(std::move(options)) {}

JsonApi::Answer JsonApi::send(const std::string& method, const std::string& path, const std::string& body) {
  // A list of a thousand machines is larger than what a client keeps by itself.
  constexpr std::size_t most_bytes = 64U << 20;
  if (std::string token = options_.token(); token != token_) {
    add_secret(token);
    token_ = std::move(token);
  }
  std::string answer;
  net::HttpRequest request{
      .method = method,
      .url = options_.url + path,
      .headers = {{"Authorization", "Bearer " + token_}, {"Content-Type", "application/json"}},
      .connect_timeout = std::chrono::seconds(3),
      .stall_timeout = std::chrono::seconds(5),
      .ca_file = options_.ca_file};
  request.on_data = [&](std::span<const std::byte> data) {
    if (answer.size() + data.size() > most_bytes)
      throw Error(ErrorKind::Unavailable, fmt::format("{} {}: the answer is too large", method, path));
    answer.append(reinterpret_cast<const char*>(data.data()), data.size());
  };
  if (!body.empty()) net::set_body(request, body);
  net::HttpTraffic traffic;
  const net::HttpResponse response = client_.send(request, traffic);
  const bool is_success = response.status >= 200 && response.status < 300;
  return {response.status, Json::parse(is_success ? answer : response.body, nullptr, false)};
}

}  // namespace heaters::elastic

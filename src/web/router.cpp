#include "web/router.h"

#include <algorithm>

#include "base/percent.h"
#include "base/utf8.h"

namespace heaters::web {

namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const auto slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
  }
  return parts;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Printable ASCII, and percent signs that encode something.
bool is_well_formed(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c <= 0x20 || c >= 0x7f) return false;
    if (c == '%' && (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))) return false;
  }
  return true;
}

// Text that rows, logs and answers can hold: UTF-8 without control characters.
bool is_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }) &&
         valid_utf8(text) == text;
}

std::string decode_query(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return percent_decoded(plain);
}

bool parse_query(std::string_view text, std::map<std::string, std::string>& query) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    const auto equals = pair.find('=');
    const std::string name = decode_query(pair.substr(0, equals));
    const std::string value = equals == std::string_view::npos ? "" : decode_query(pair.substr(equals + 1));
    if (!is_text(name) || !is_text(value)) return false;
    if (!pair.empty()) query[name] = value;
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  return true;
}

bool is_parameter(std::string_view part) {
  return part.starts_with('{') && part.ends_with('}');
}

using Parameters = std::map<std::string, std::string>;

// nullopt when the path is another's.
std::optional<Parameters> parameters_of(const Route& route, const std::vector<std::string_view>& parts) {
  const auto wanted = parts_of(route.path);
  if (wanted.size() != parts.size()) return std::nullopt;
  Parameters parameters;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (is_parameter(wanted[i])) {
      parameters.emplace(wanted[i].substr(1, wanted[i].size() - 2), percent_decoded(parts[i]));
    } else if (wanted[i] != parts[i]) {
      return std::nullopt;
    }
  }
  return parameters;
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

RouteMatch Router::match(Request& request) const {
  const auto parts = parts_of(request.path);
  RouteMatch match;
  for (const Route& route : routes_) {
    auto parameters = parameters_of(route, parts);
    if (!parameters) continue;
    match.allowed_methods.push_back(route.method);
    const bool is_get_for_head = request.method == "HEAD" && route.method == "GET" && match.route == nullptr;
    if (route.method != request.method && !is_get_for_head) continue;
    match.route = &route;
    request.parameters = *std::move(parameters);
  }
  return match;
}

bool parse_target(std::string_view target, Request& request) {
  if (!target.starts_with('/') || !is_well_formed(target)) return false;
  const auto question = target.find('?');
  request.path = target.substr(0, question);
  for (const std::string_view part : parts_of(request.path)) {
    const std::string decoded = percent_decoded(part);
    const bool leads_elsewhere = decoded == "." || decoded == ".." ||
                                 decoded.find('/') != std::string::npos ||
                                 decoded.find('\\') != std::string::npos;
    if (leads_elsewhere || !is_text(decoded)) return false;
  }
  return question == std::string_view::npos || parse_query(target.substr(question + 1), request.query);
}

}  // namespace heaters::web

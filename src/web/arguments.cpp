#include "web/arguments.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/ascii.h"
#include "base/error.h"

namespace heaters::web {

namespace {

template <typename Number>
Number between(const std::string& name, Number value, Number least, Number most) {
  if (!(value >= least && value <= most)) {
    refuse_argument(name, fmt::format("it must be from {} to {}", least, most));
  }
  return value;
}

}  // namespace

void refuse_argument(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::InvalidInput, fmt::format("read \"{}\" of the request: {}", name, why));
}

Json body_of(const Request& request) {
  const std::string type = lower_case(request.header("content-type"));
  if (trimmed(std::string_view(type).substr(0, type.find(';'))) != "application/json") {
    throw Error(ErrorKind::Unsupported, "read the request: its body must be application/json");
  }
  Json body = Json::parse(request.body, nullptr, false);
  if (body.is_discarded()) throw Error(ErrorKind::InvalidInput, "read the request: its body is no JSON");
  if (!body.is_object()) throw Error(ErrorKind::InvalidInput, "read the request: its body is no object");
  return body;
}

std::string text_of(const Json& object, const std::string& member) {
  const auto found = object.find(member);
  return text_in(found == object.end() ? Json() : *found, member);
}

std::string text_in(const Json& value, const std::string& member) {
  if (!value.is_string()) refuse_argument(member, "it must be a text");
  auto text = value.get<std::string>();
  // Rows cannot hold it: on PostgreSQL no text can.
  if (text.find('\0') != std::string::npos) refuse_argument(member, "it has a character NUL");
  return text;
}

std::optional<std::int64_t> integer_of(const Json& object, const std::string& member, std::int64_t least,
                                       std::int64_t most) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (!found->is_number_integer() ||
      (found->is_number_unsigned() && found->get<std::uint64_t>() > INT64_MAX)) {
    refuse_argument(member, "it must be a whole number");
  }
  return between(member, found->get<std::int64_t>(), least, most);
}

std::optional<double> number_of(const Json& object, const std::string& member, double least, double most) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (!found->is_number()) refuse_argument(member, "it must be a number");
  return between(member, found->get<double>(), least, most);
}

const Json& list_of(const Json& object, const std::string& member, std::size_t most) {
  static const Json none = Json::array();
  const auto found = object.find(member);
  if (found == object.end()) return none;
  if (!found->is_array()) refuse_argument(member, "it must be a list");
  if (found->size() > most) refuse_argument(member, fmt::format("it has more than {} elements", most));
  return *found;
}

std::optional<std::string> query_text(const Request& request, const std::string& name) {
  const auto found = request.query.find(name);
  if (found == request.query.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::optional<std::int64_t> query_integer(const Request& request, const std::string& name, std::int64_t least,
                                          std::int64_t most) {
  const auto text = query_text(request, name);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) {
    refuse_argument(name, "it must be a whole number");
  }
  return between(name, value, least, most);
}

std::optional<double> query_number(const Request& request, const std::string& name, double least,
                                   double most) {
  const auto text = query_text(request, name);
  if (!text) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(value)) {
    refuse_argument(name, "it must be a number");
  }
  return between(name, value, least, most);
}

void put_total(Json& json, std::int64_t counted) {
  json["total"] = std::min(counted, most_in_total);
  json["is_total_exact"] = counted <= most_in_total;
}

catalog::VideoId video_id_of(const Request& request) {
  const std::string& text = request.parameter("video_id");
  const auto id = catalog::VideoId::parse(text);
  if (!id)
    throw Error(ErrorKind::NotFound, fmt::format("find video \"{}\": there is none with that id", text));
  return *id;
}

catalog::VideoId video_id_of(const Json& object) {
  const auto id = catalog::VideoId::parse(text_of(object, "video_id"));
  if (!id) refuse_argument("video_id", "it is no id");
  return *id;
}

catalog::ClipId clip_id_of(const Json& text) {
  const auto id = text.is_string() ? catalog::ClipId::parse(text.get<std::string>()) : std::nullopt;
  if (!id) refuse_argument("clip_id", "it is no id");
  return *id;
}

std::optional<catalog::Decision> decision_of(const Json& value) {
  if (value.is_null()) return std::nullopt;
  const auto decision = value.is_string() ? catalog::parse_decision(value.get<std::string>()) : std::nullopt;
  if (!decision) refuse_argument("decision", "it must be approved, skipped, archived or null");
  return decision;
}

}  // namespace heaters::web

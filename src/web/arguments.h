#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/id.h"
#include "base/json.h"
#include "catalog/video.h"
#include "web/message.h"

namespace heaters::web {

// What an operation was given, checked. Everything here throws Error InvalidInput naming the member, and
// NotFound for a malformed id in the path.

// The body as an object; Unsupported when it does not say that it is JSON.
Json body_of(const Request& request);

std::string text_of(const Json& object, const std::string& member);
// A text that is the member itself, or an element of it.
std::string text_in(const Json& value, const std::string& member);
std::optional<std::int64_t> integer_of(const Json& object, const std::string& member, std::int64_t least,
                                       std::int64_t most);
std::optional<double> number_of(const Json& object, const std::string& member, double least, double most);
// A list with at most so many elements; empty when it is missing.
const Json& list_of(const Json& object, const std::string& member, std::size_t most);

std::optional<std::string> query_text(const Request& request, const std::string& name);
std::optional<std::int64_t> query_integer(const Request& request, const std::string& name, std::int64_t least,
                                          std::int64_t most);
std::optional<double> query_number(const Request& request, const std::string& name, double least,
                                   double most);

// Counted of a list's entries, and no further: the number of all is nobody's business.
constexpr std::int64_t most_in_total = 10'000;
// Into "total", and "is_total_exact".
void put_total(Json& json, std::int64_t counted);

catalog::VideoId video_id_of(const Request& request);
catalog::VideoId video_id_of(const Json& object);
catalog::ClipId clip_id_of(const Json& text);
// nullopt for null.
std::optional<catalog::Decision> decision_of(const Json& value);

[[noreturn]] void refuse_argument(const std::string& name, const std::string& why);

}  // namespace heaters::web

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace heaters {

// Members keep the order they were added in: the documented order is the printed order.
using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// As text, on one line unless `indent` spaces are wanted. Bytes of a file name need not be UTF-8; the text
// is.
inline std::string json_text(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace heaters

#pragma once

#include <nlohmann/json.hpp>
#include <optional>

namespace heaters {

// Members keep the order they were added in: the documented order is the printed order.
using Json = nlohmann::ordered_json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace heaters

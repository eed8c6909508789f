#pragma once

#include <nlohmann/json.hpp>

namespace heaters {

// Members keep the order they were added in: the documented order is the printed order.
using Json = nlohmann::ordered_json;

}  // namespace heaters

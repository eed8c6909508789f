#pragma once

#include "base/json.h"
#include "catalog/prices.h"

namespace heaters::documents {

// What a video cost, as docs/json.md describes it.
Json cost_json(const catalog::VideoCost& cost, const catalog::Prices& prices);

}  // namespace heaters::documents

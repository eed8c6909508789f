#pragma once

#include <vector>

#include "base/json.h"
#include "elastic/pools.h"

namespace heaters::documents {

// A pool with its workers and those that ended; docs/json.md lists the members.
Json pool_json(const elastic::Pool& pool, const std::vector<elastic::PoolWorker>& alive,
               const std::vector<elastic::PoolWorker>& ended);

}  // namespace heaters::documents

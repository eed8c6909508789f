#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/store_usage.h"
#include "catalog/prices.h"
#include "db/database.h"

namespace heaters::documents {

// What a server counts of its own; docs/operations.md lists all metrics.
struct ServerCounts {
  struct Class {
    std::string name;  // "2xx"
    std::int64_t requests = 0;
  };
  std::vector<Class> requests;
  double request_seconds = 0;
  StoreUsage store;
};

// What the database tells of all machines, in the text format of Prometheus (version 0.0.4,
// https://prometheus.io/docs/instrumenting/exposition_formats/). Throws Error as db::Database does.
std::string metrics_text(db::Database& database, const catalog::Prices& prices, std::string_view version);

// What is this process's alone, in the same format.
std::string server_metrics_text(const ServerCounts& counts);

}  // namespace heaters::documents

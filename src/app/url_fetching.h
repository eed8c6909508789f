#pragma once

#include "app/config.h"
#include "net/download.h"
#include "sidecar/worker_pool.h"

namespace heaters::app {

// What a configuration means for fetching URLs: directly, and by the Python workers, which see no more of the
// environment than an allow list and get what else they need over their pipe.
net::DownloadOptions download_options(const Config& config);
sidecar::PoolOptions worker_pool_options(const Config& config);

}  // namespace heaters::app

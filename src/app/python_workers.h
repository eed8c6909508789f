#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/config.h"
#include "sidecar/worker_pool.h"

namespace heaters::app {

// What a worker process sees of the environment, none of which is a credential. `python_path`: where
// libraries are that the interpreter does not find by itself; empty: nowhere.
std::vector<std::string> python_environment(const std::filesystem::path& python_path);

// The pool that models encode in: docs/models.md.
sidecar::PoolOptions encoder_pool_options(const Config& config);

}  // namespace heaters::app

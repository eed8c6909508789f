#pragma once

#include <toml++/toml.h>

#include <functional>
#include <map>
#include <string>

#include "app/config.h"

namespace heaters::app {

// Checks a value and writes it into a Config. `key` and `name`, the file's, are for error texts.
using Setter = std::function<void(const toml::node& node, const std::string& key, const std::string& name)>;

// One per setting, by "table.key".
std::map<std::string, Setter> setters(Config& config);

// One per setting of a pool, by its key.
std::map<std::string, Setter> pool_setters(PoolConfig& pool);

// Throws InvalidInput naming file and line.
[[noreturn]] void refuse(const std::string& name, const toml::node& node, const std::string& why);

}  // namespace heaters::app

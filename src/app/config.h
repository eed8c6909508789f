#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "stages/ingest.h"

namespace heaters::app {

// The settings of a run: flags over environment over heaters.toml over the defaults that are written here and
// in the option structs of the stages. docs/configuration.md lists them.
struct Config {
  std::filesystem::path home = "heaters-data";  // embedded database, store and workspace
  stages::IngestOptions ingest;
};

// Reads `file`, or ./heaters.toml when it is not given and exists, and then the environment (HEATERS_HOME).
// An unknown key or a value of the wrong type or range throws InvalidInput naming the file and line: a
// misspelt setting must not turn into a silent default.
Config load_config(const std::optional<std::filesystem::path>& file);

// Every setting that heaters.toml may hold, as "table.key".
std::vector<std::string> setting_names();

// The part of load_config that reads TOML text; `name` is for error texts.
void apply_toml(Config& config, const std::string& text, const std::string& name);

}  // namespace heaters::app

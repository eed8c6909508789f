#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace heaters::app {

// "250ms", "30s", "5m", "2h", "7d", "0"; nullopt for something else.
std::optional<std::chrono::milliseconds> parse_duration(const std::string& text);

}  // namespace heaters::app

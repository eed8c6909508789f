#pragma once

#include <chrono>
#include <stop_token>

namespace heaters {

// Waits for so long, or until a stop is requested.
void wait_unless_stopped(std::chrono::milliseconds time, const std::stop_token& stop);

void wait_until_stopped(const std::stop_token& stop);

}  // namespace heaters

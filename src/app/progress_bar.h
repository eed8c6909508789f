#pragma once

#include <string>

#include "base/progress.h"

namespace heaters::app {

// A listener that draws a bar on stderr when that is a terminal, and an empty one otherwise: logs are no
// place for bars.
ProgressListener progress_bar(const std::string& title);

}  // namespace heaters::app

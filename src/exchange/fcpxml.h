#pragma once

#include <string>

#include "exchange/timeline.h"

namespace heaters::exchange {

// A Final Cut Pro project (FCPXML 1.9): an asset per video, a sequence at the first one's rate and size.
// All times are whole numbers of that rate's frames, as fractions of a second. Facts stand in notes.
std::string to_fcpxml(const Timeline& timeline);

}  // namespace heaters::exchange

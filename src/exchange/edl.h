#pragma once

#include <string>

#include "exchange/timeline.h"

namespace heaters::exchange {

// A CMX 3600 edit decision list: one event per entry, in a row on the record side. Reels are AX, or with
// several videos V001, V002, …; names of clips and files stand in comments. Throws InvalidInput for videos of
// different rates, since the list counts one.
std::string to_edl(const Timeline& timeline);

}  // namespace heaters::exchange

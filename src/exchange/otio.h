#pragma once

#include <string>

#include "exchange/timeline.h"

namespace heaters::exchange {

// An OpenTimelineIO timeline (schemas Timeline.1, Track.1, Clip.1): one video track, facts as metadata.
std::string to_otio(const Timeline& timeline);

}  // namespace heaters::exchange

#pragma once

#include <string>

#include "exchange/timeline.h"

namespace heaters::exchange {

// For `x264 --qpfile` and `x265 --qpfile`: a keyframe wherever an entry begins, at whatever quantizer the
// encoder chooses, so that an encoded video can be cut there without encoding again. Frames are those of the
// media, not counted by time. Throws InvalidInput for entries of several videos.
std::string to_qp_file(const Timeline& timeline);

}  // namespace heaters::exchange

#pragma once

#include <string>

#include "exchange/timeline.h"

namespace heaters::exchange {

// Chapters of one video, for players. Both throw InvalidInput for a timeline of several videos, whose times
// do not belong together.

// WebVTT (W3C): a cue per entry, its name as text.
std::string to_webvtt(const Timeline& timeline);

// ffmpeg's metadata file: "ffmpeg -i in.mp4 -i chapters.txt -map_chapters 1 -c copy out.mp4".
std::string to_ffmetadata(const Timeline& timeline);

}  // namespace heaters::exchange

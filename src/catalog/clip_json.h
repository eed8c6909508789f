#pragma once

#include "base/json.h"
#include "catalog/video.h"

namespace heaters::catalog {

// A clip as docs/json.md describes it, without times, which only the frame table knows.
Json clip_json(const Clip& clip);

// Reads it back. Throws Json::exception, and Corrupt for what is no id.
Clip parse_clip(const Json& json);

}  // namespace heaters::catalog

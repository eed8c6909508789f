#pragma once

#include "app/home.h"
#include "base/json.h"
#include "catalog/video.h"

namespace heaters::app {

// Everything about a video, as `ingest --json` and `videos show --json` print it; docs/json.md documents it.
Json video_json(Home& home, const catalog::Video& video);

// The short form of lists.
Json video_summary_json(const catalog::Video& video);

// The clips of a video with their times.
Json clips_json(Home& home, const catalog::Video& video);

}  // namespace heaters::app

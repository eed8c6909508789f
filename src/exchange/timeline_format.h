#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange/timeline.h"

namespace heaters::exchange {

// A form that a timeline is written in.
struct TimelineFormat {
  std::string_view name;        // on the command line and in the API: "edl"
  std::string_view extension;   // of files: ".edl"
  std::string_view media_type;  // in HTTP
  std::string (*write)(const Timeline&);
};

// csv, edl, ffmetadata, fcpxml, jsonl, otio, qpfile, vtt
const std::vector<TimelineFormat>& timeline_formats();
// nullptr: there is none of that name.
const TimelineFormat* find_timeline_format(std::string_view name);

}  // namespace heaters::exchange

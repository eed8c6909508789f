#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "media/keyframe_scan.h"
#include "media/media_info.h"

namespace heaters::media {

// How the browser-playable proxy of a source comes to be, cheapest first.
enum class ProxyRung {
  Reuse,      // the source is the proxy
  Remux,      // packets copied into MP4
  AudioOnly,  // video packets copied, sound encoded
  Encode,     // video encoded, in the same decode pass
};

std::string_view to_string(ProxyRung rung);  // "reuse", "remux", "audio", "encode"

struct ProxyDecision {
  ProxyRung rung;
  std::string reason;  // one sentence for people: why not a cheaper rung, or why none was needed
};

// What a source must satisfy to be played as it is.
struct ProxyLimits {
  int short_side_max = 1080;
  int long_side_max = 1920;
  // Ten seconds, and what x264 makes by default at film rates: 250 frames are 10.43 s at 23.976/s.
  double keyframe_gap_seconds_max = 10.5;
  std::int64_t bit_rate_max = 20'000'000;  // of the video, bits per second
};

// Seconds added to the source's timestamps in a proxy. 0 unless the video begins below zero, which MP4
// players do not show, or more than ten seconds above, as broadcast recordings do, whose proxy would begin
// with hours of nothing.
double timestamp_shift(const MediaInfo& info);

// Decides from the header alone, and from where the keyframes are as far as that is known; nullopt makes the
// decision as if they were well (the caller looks when the rung depends on it).
ProxyDecision decide_proxy(const MediaInfo& info, const std::optional<KeyframeScan>& keyframes,
                           const ProxyLimits& limits);

}  // namespace heaters::media

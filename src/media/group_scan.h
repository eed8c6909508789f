#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/time.h"
#include "media/demuxer.h"

namespace heaters::media {

// What the packets of a video tell about its frames without decoding them. A group is a keyframe and the
// frames that are shown up to the next one.
struct GroupScan {
  std::vector<std::int64_t> pts;       // by frame, ticks of the stream's time base
  std::vector<std::uint32_t> bytes;    // of its packet, by frame
  std::vector<FrameNumber> keyframes;  // ascending; the first is frame 0
  // By group, whether its last frames come after the next keyframe and may need it.
  std::vector<bool> ends_behind_next_keyframe;

  std::size_t groups() const { return keyframes.size(); }
  FrameSpan group(std::size_t index) const;
};

// Reads all packets from the demuxer's position. nullopt when they do not tell which frames there will be
// (missing or repeated times, clocks that jump, damage, a file that is cut short), or decoding could not
// begin at a keyframe: then only decoding all of it does. Throws as Demuxer; Cancelled.
std::optional<GroupScan> scan_groups(Demuxer& demuxer, const std::stop_token& stop);

}  // namespace heaters::media

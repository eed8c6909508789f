#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "base/time.h"
#include "media/demuxer.h"
#include "media/frame.h"

namespace heaters::media {

// What the packets of a video tell about its frames without decoding them. A group is a keyframe and the
// frames that are shown up to the next one.
struct GroupScan {
  std::vector<std::int64_t> pts;       // by frame, ticks of the stream's time base
  std::vector<std::uint32_t> bytes;    // of its packet, by frame
  std::vector<FrameNumber> keyframes;  // ascending; the first is frame 0

  std::size_t groups() const { return keyframes.size(); }
  FrameSpan group(std::size_t index) const;
};

// Which keyframes of a group are worth decoding.
struct KeyframesWanted {
  bool own = false;
  bool next = false;
};

class GroupScanListener {
 public:
  virtual ~GroupScanListener() = default;

  // `bytes` are of the group's packets but the keyframe's, `keyframe_bytes` of the smaller of the keyframes
  // before and after.
  virtual KeyframesWanted wanted(std::span<const std::uint32_t> bytes, std::uint32_t keyframe_bytes) = 0;

  // Of the group that `frame.number()` says; in order.
  virtual void on_keyframe(const Frame& frame) = 0;
};

// Reads all packets from the demuxer's position, and decodes what keyframes are wanted. nullopt when packets
// do not tell which frames there will be (missing or repeated times, clocks that jump, damage, a file that is
// cut short), or a keyframe gave no picture: then only decoding does. Throws as run_media_pass.
std::optional<GroupScan> scan_groups(Demuxer& demuxer, const std::stop_token& stop,
                                     GroupScanListener& listener);

}  // namespace heaters::media

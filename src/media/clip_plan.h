#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "media/frame_table.h"

namespace heaters::media {

class Demuxer;

// The frames of a source in the order of their packets. Immutable.
class DecodeOrder {
 public:
  // `frames`: the frame of each packet, every one once.
  DecodeOrder(std::vector<FrameNumber> frames, const FrameTable& table);

  // By where the packets are in the file; nullopt when the table does not tell. Where it holds packets in
  // another order than they are in the file, whoever reads them finds out.
  static std::optional<DecodeOrder> from_offsets(const FrameTable& table);
  // By reading all packets (2 % of the cost of decoding); nullopt when their times are not those of the
  // frames.
  static std::optional<DecodeOrder> from_packets(Demuxer& demuxer, const FrameTable& table);

  std::size_t size() const { return frames_.size(); }
  FrameNumber frame_at(std::size_t index) const { return frames_[index]; }
  std::size_t index_of(FrameNumber frame) const { return indices_[static_cast<std::size_t>(frame)]; }
  // Keyframes in presentation order.
  const std::vector<FrameNumber>& keyframes() const { return keyframes_; }
  // The last keyframe that is not after `frame`; nullopt when there is none.
  std::optional<FrameNumber> keyframe_before(FrameNumber frame) const;

 private:
  std::vector<FrameNumber> frames_;
  std::vector<std::size_t> indices_;
  std::vector<FrameNumber> keyframes_;
};

// How a clip is made, cheapest first.
enum class ExportRung {
  Copy,    // all packets as they are
  Smart,   // the groups of pictures at its ends encoded, the packets between them as they are
  Encode,  // all frames encoded
};
std::string_view to_string(ExportRung rung);

// Which frames of a clip are encoded and which are copied: head, copied and tail are adjacent, each may be
// empty.
struct ClipPlan {
  ExportRung rung = ExportRung::Encode;
  std::string reason;  // why the clip cannot be made cheaper; empty for Copy
  FrameSpan head;
  FrameSpan copied;
  FrameSpan tail;
  // The packets of `copied` in decoding order, [begin, end). Those of frames before `copied` that lie among
  // them are left out: they need pictures from before.
  std::size_t first_packet = 0;
  std::size_t end_packet = 0;
  // How many copied packets at most come before that of a frame that is shown before theirs.
  FrameNumber most_reordered = 0;
};

// The cheapest plan for a clip. Copying begins at a keyframe and ends where the packets so far are exactly
// the frames so far, so that nothing that is shown needs what is not there. `can_join`: encoded and copied
// frames may follow each other.
ClipPlan plan_clip(const DecodeOrder& order, FrameSpan span, bool can_join);
// All frames encoded, for the reason given.
ClipPlan plan_encoding(FrameSpan span, std::string reason);

}  // namespace heaters::media

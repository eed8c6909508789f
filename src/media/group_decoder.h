#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <vector>

#include "media/deblocking.h"
#include "media/demuxer.h"
#include "media/frame.h"
#include "media/group_scan.h"

struct AVFrame;
struct AVPacket;

namespace heaters::media {

class Decoder;

// Decides what is decoded of a group, and gets the pictures. Frames are numbered as in the scan.
class GroupListener {
 public:
  virtual ~GroupListener() = default;

  // In the order of decoding where that is known (H.264, HEVC), else in the order shown. May be of the group
  // after: its keyframe is decoded before what is shown ahead of it.
  virtual void on_picture(const Frame& frame) = 0;

  // Whether the frame, which is next to be decoded, may be left out if no other needs it.
  virtual bool may_leave_out(FrameNumber frame) = 0;

  // All frames of the group before `next` have come or have been left out. False: that is enough of it.
  virtual bool wants_more(FrameNumber next) = 0;
};

// Decodes some groups of a video, and of a group as much as is wanted. What is not asked for is read, at 2 %
// of the cost of decoding, and not decoded. Not thread-safe.
class GroupDecoder {
 public:
  // `scan` is of the same file and is borrowed. Throws as Demuxer and Decoder.
  GroupDecoder(const std::filesystem::path& path, const GroupScan& scan, Deblocking deblocking,
               std::stop_token stop);
  ~GroupDecoder();

  // The frames of a group from its keyframe on, until the listener wants no more. Groups must be asked for in
  // ascending order. False when other pictures came than the scan promised. Throws Cancelled.
  bool decode(std::size_t group, GroupListener& listener);

 private:
  enum class State : std::uint8_t { Pending, Decoded, LeftOut };

  const AVPacket* read();
  bool go_to(std::size_t group);
  bool decode_next(GroupListener& listener, FrameNumber group_begin);
  int hand_over(GroupListener& listener);
  void give(const AVFrame& picture, FrameNumber frame, GroupListener& listener);
  bool are_shown_up_to(FrameNumber frame);
  FrameNumber number_of(std::int64_t pts) const;

  std::stop_token stop_;
  Demuxer demuxer_;
  const GroupScan& scan_;
  std::unique_ptr<Decoder> decoder_;
  bool in_decoding_order_;
  std::vector<State> states_;          // by frame
  FrameNumber next_shown_ = 0;         // since the decoder was flushed
  std::size_t keyframes_read_ = 0;     // packets
  const AVPacket* waiting_ = nullptr;  // a keyframe that was read and not sent
};

}  // namespace heaters::media

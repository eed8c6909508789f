#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "media/deblocking.h"
#include "media/frame.h"
#include "media/group_scan.h"

struct AVFrame;
struct AVPacket;

namespace heaters::media {

class Decoder;
class GroupPackets;

// Decides what is decoded of a group, and gets the pictures. Frames are numbered as in the scan.
class GroupListener {
 public:
  virtual ~GroupListener() = default;

  // Whether the picture of the keyframe after the group is of use before the group's own.
  virtual bool wants_next_keyframe(std::size_t group) = 0;

  // In the order of decoding where that is known (H.264, HEVC), else in the order shown. May be of the group
  // after: its keyframe is decoded before what is shown ahead of it, or because it is wanted. That one may
  // come again with its group.
  virtual void on_picture(const Frame& frame) = 0;

  // Whether the frame, which is next to be decoded, may be left out if no other needs it.
  virtual bool may_leave_out(FrameNumber frame) = 0;

  // All frames of the group before `next` have come or have been left out. False: that is enough of it.
  virtual bool wants_more(FrameNumber next) = 0;
};

// Decodes some groups of a video, and of a group as much as is wanted. What is not asked for is read, at 2 %
// of the cost of decoding, and not decoded. Where the next keyframe is wanted, the packets of a group are
// held until it comes, and a second decoder begins the next group with it: decoding goes on from there, so
// that no keyframe is decoded twice. Not thread-safe.
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

  struct Decoding {
    std::unique_ptr<Decoder> decoder;
    FrameNumber next_shown = 0;  // since the decoder was flushed
  };

  Decoding begin() const;
  void restart(Decoding& decoding, std::size_t group) const;
  bool go_to(std::size_t group);
  bool is_held(std::size_t group) const;
  bool look_ahead(std::size_t group, GroupListener& listener);
  bool decode_next(GroupListener& listener);
  int hand_over(Decoding& decoding, GroupListener& listener);
  void give(const AVFrame& picture, FrameNumber frame, GroupListener& listener);
  bool are_shown_up_to(Decoding& decoding, FrameNumber frame) const;
  bool is_decoded(FrameNumber frame) const;
  FrameNumber number_of(std::int64_t pts) const;

  const GroupScan& scan_;
  const Deblocking deblocking_;
  std::unique_ptr<GroupPackets> packets_;
  const AVPacket* waiting_ = nullptr;  // a keyframe that was taken and not sent
  bool in_decoding_order_;
  FrameNumber group_begin_ = 0;  // of the one that is decoded
  std::vector<State> states_;    // by frame
  Decoding now_;                 // of the group that is decoded
  std::optional<Decoding> next_;
  std::optional<std::size_t> begun_;  // the group whose keyframe next_ has, and its own packets come next
};

}  // namespace heaters::media

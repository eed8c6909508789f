#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "media/demuxer.h"
#include "media/frame.h"
#include "media/group_scan.h"

struct AVPacket;

namespace heaters::media {

class Decoder;

// Decodes some groups of a video, and of a group as much as is wanted. What is not asked for is read, at 2 %
// of the cost of decoding, and not decoded. Not thread-safe.
class GroupDecoder {
 public:
  // `scan` is of the same file and is borrowed. Throws as Demuxer and Decoder.
  GroupDecoder(const std::filesystem::path& path, const GroupScan& scan, std::stop_token stop);
  ~GroupDecoder();

  // The frames of a group from its keyframe on, until `wants_more` says no. Groups must be asked for in
  // ascending order. False when other pictures came than the scan promised. Throws Cancelled.
  bool decode(std::size_t group, const std::function<bool(const Frame&)>& wants_more);

 private:
  const AVPacket* read();
  bool go_to(std::size_t group);
  bool send_next();
  std::optional<Frame> next_frame();

  std::stop_token stop_;
  Demuxer demuxer_;
  const GroupScan& scan_;
  std::unique_ptr<Decoder> decoder_;
  std::size_t keyframes_read_ = 0;     // packets
  const AVPacket* waiting_ = nullptr;  // a keyframe that was read and not sent
  std::optional<Frame> ahead_;         // the first of the next group, decoded already
  bool at_end_ = false;
};

}  // namespace heaters::media

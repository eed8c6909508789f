#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <stop_token>

#include "media/av.h"
#include "media/demuxer.h"

namespace heaters::media {

// The packets of a file's video in their order, of which some can be held to see the next keyframe first. Not
// thread-safe.
class GroupPackets {
 public:
  // Throws as Demuxer; the others Cancelled too.
  GroupPackets(const std::filesystem::path& path, std::stop_token stop);

  const Demuxer& demuxer() const { return demuxer_; }

  // Takes the next packet, valid until the next is taken; nullptr at the end.
  const AVPacket* next();

  // The next keyframe, not taken; what is before it is held. nullptr at the end.
  const AVPacket* peek_keyframe();
  // Takes the keyframe that was seen, before those that are held.
  void take_keyframe();

  bool has_held() const { return !held_.empty(); }
  void drop_held() { held_.clear(); }

  std::size_t keyframes_taken() const { return keyframes_taken_; }

 private:
  UniquePacket read();

  std::stop_token stop_;
  Demuxer demuxer_;
  std::deque<UniquePacket> held_;
  UniquePacket taken_;
  std::size_t keyframes_taken_ = 0;
};

}  // namespace heaters::media

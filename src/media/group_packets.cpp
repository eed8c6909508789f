#include "media/group_packets.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"

namespace heaters::media {

namespace {

bool is_keyframe(const AVPacket& packet) {
  return (packet.flags & AV_PKT_FLAG_KEY) != 0;
}

}  // namespace

GroupPackets::GroupPackets(const std::filesystem::path& path, std::stop_token stop)
    : stop_(std::move(stop)), demuxer_(path, stop_) {}

// Null at the end.
UniquePacket GroupPackets::read() {
  while (const AVPacket* packet = demuxer_.next()) {
    if (stop_.stop_requested()) {
      throw Error(ErrorKind::Cancelled, fmt::format("decode \"{}\": stopped", demuxer_.path().string()));
    }
    if (packet->stream_index != demuxer_.info().video.index) continue;
    UniquePacket own = make_packet();
    check_av(av_packet_ref(own.get(), packet), fmt::format("read \"{}\"", demuxer_.path().string()));
    return own;
  }
  return nullptr;
}

const AVPacket* GroupPackets::next() {
  if (held_.empty()) {
    taken_ = read();
  } else {
    taken_ = std::move(held_.front());
    held_.pop_front();
  }
  if (taken_ != nullptr && is_keyframe(*taken_)) ++keyframes_taken_;
  return taken_.get();
}

const AVPacket* GroupPackets::peek_keyframe() {
  HEATERS_CHECK(held_.empty());
  while (UniquePacket packet = read()) {
    held_.push_back(std::move(packet));
    if (is_keyframe(*held_.back())) return held_.back().get();
  }
  return nullptr;
}

void GroupPackets::take_keyframe() {
  HEATERS_CHECK(has_held() && is_keyframe(*held_.back()));
  held_.pop_back();
  ++keyframes_taken_;
}

}  // namespace heaters::media

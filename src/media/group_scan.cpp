#include "media/group_scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "media/av.h"
#include "media/decoder.h"
#include "media/idr.h"

namespace heaters::media {

namespace {

// Between one frame and the next; what is longer may be a clock that starts anew.
constexpr double longest_frame_seconds = 10;

class Scanner {
 public:
  Scanner(Demuxer& demuxer, const std::stop_token& stop, GroupScanListener& listener)
      : demuxer_(demuxer),
        stop_(stop),
        listener_(listener),
        decoder_(demuxer.video_stream(), Deblocking::All, attempt(), DecodingThreads::One) {}

  std::optional<GroupScan> scan() {
    while (const AVPacket* packet = demuxer_.next()) {
      if (stop_.stop_requested()) throw Error(ErrorKind::Cancelled, attempt() + ": stopped");
      if (packet->stream_index == demuxer_.info().video.index && !take(*packet)) return std::nullopt;
    }
    decode(nullptr, 0);
    if (demuxer_.ended_at_damage() || is_out_of_step_ || rows_.size() < 2) return std::nullopt;
    return arranged();
  }

 private:
  struct Row {
    std::int64_t pts;
    std::uint32_t bytes;
    bool is_keyframe;
  };

  std::string attempt() const { return fmt::format("decode \"{}\"", demuxer_.path().string()); }

  bool take(const AVPacket& packet) {
    // What an edit list leaves out is decoded, and not shown.
    if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) return false;
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0 || packet.pts == AV_NOPTS_VALUE) return false;
    const bool is_keyframe = (packet.flags & AV_PKT_FLAG_KEY) != 0;
    if (rows_.empty() && !is_keyframe) return false;
    // Nobody could begin at it: a picture that builds up over the frames that follow, or an open group, of
    // which what is shown before cannot be told apart.
    if (is_keyframe && h264_length_bytes_ && !has_idr(packet, *h264_length_bytes_)) return false;
    // A frame belongs to the group of the newest keyframe, or is shown right before it.
    if (keyframe_pts_.size() >= 2 && packet.pts < keyframe_pts_[keyframe_pts_.size() - 2]) return false;
    if (is_keyframe) {
      if (!keyframe_pts_.empty() && packet.pts <= keyframe_pts_.back()) return false;
      keyframe_pts_.push_back(packet.pts);
      decode_wanted(packet);
      between_.clear();
    } else {
      between_.push_back(static_cast<std::uint32_t>(packet.size));
    }
    rows_.push_back({packet.pts, static_cast<std::uint32_t>(packet.size), is_keyframe});
    return !is_out_of_step_;
  }

  // The group that ends with this keyframe is known now.
  void decode_wanted(const AVPacket& keyframe) {
    const auto bytes = static_cast<std::uint32_t>(keyframe.size);
    KeyframesWanted wanted;
    if (keyframe_->data != nullptr) {
      wanted = listener_.wanted(between_, std::min(bytes, static_cast<std::uint32_t>(keyframe_->size)));
      if (wanted.own && !is_decoded_) decode(keyframe_.get(), keyframe_pts_.size() - 2);
    }
    if (wanted.next) decode(&keyframe, keyframe_pts_.size() - 1);
    is_decoded_ = wanted.next;
    av_packet_unref(keyframe_.get());
    check_av(av_packet_ref(keyframe_.get(), &keyframe), attempt());
  }

  void decode(const AVPacket* packet, std::size_t group) {
    if (packet != nullptr) sent_.push_back(group);
    decoder_.send(packet);
    while (const AVFrame* decoded = decoder_.receive()) {
      const bool is_expected =
          seen_ < sent_.size() && decoded->best_effort_timestamp == keyframe_pts_[sent_[seen_]];
      if (!is_expected) {
        is_out_of_step_ = true;
        return;
      }
      listener_.on_keyframe(
          Frame(*decoded, static_cast<FrameNumber>(sent_[seen_]), decoded->best_effort_timestamp));
      ++seen_;
    }
  }

  std::optional<GroupScan> arranged() {
    if (seen_ != sent_.size()) return std::nullopt;
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.pts < b.pts; });
    if (!rows_.front().is_keyframe) return std::nullopt;
    GroupScan scan;
    scan.pts.reserve(rows_.size());
    scan.bytes.reserve(rows_.size());
    for (const Row& row : rows_) {
      if (!scan.pts.empty() && !follows(scan.pts.back(), row.pts)) return std::nullopt;
      if (row.is_keyframe) scan.keyframes.push_back(static_cast<FrameNumber>(scan.pts.size()));
      scan.pts.push_back(row.pts);
      scan.bytes.push_back(row.bytes);
    }
    return is_whole(scan) ? std::optional(std::move(scan)) : std::nullopt;
  }

  bool follows(std::int64_t before, std::int64_t pts) const {
    return pts > before && to_seconds(pts - before, demuxer_.info().video.time_base) < longest_frame_seconds;
  }

  // Whether it is as long as it declares, and its times are those of a video.
  bool is_whole(const GroupScan& scan) const {
    const MediaInfo& info = demuxer_.info();
    constexpr double least_frame_seconds = 1e-4;
    const double length = to_seconds(scan.pts.back() - scan.pts.front(), info.video.time_base);
    if (length < least_frame_seconds * static_cast<double>(scan.pts.size() - 1)) return false;
    const double end = to_seconds(scan.pts.back(), info.video.time_base) - info.start_seconds;
    return end > info.duration_seconds - std::max(1.0, info.duration_seconds * 0.05);
  }

  Demuxer& demuxer_;
  const std::optional<int> h264_length_bytes_ = h264_length_bytes(*demuxer_.video_stream().codecpar);
  const std::stop_token& stop_;
  GroupScanListener& listener_;
  Decoder decoder_;
  std::vector<Row> rows_;
  std::vector<std::int64_t> keyframe_pts_;
  std::vector<std::uint32_t> between_;     // bytes of the packets since the newest keyframe
  UniquePacket keyframe_ = make_packet();  // the newest
  bool is_decoded_ = false;                // the newest keyframe
  std::vector<std::size_t> sent_;          // groups whose keyframes the decoder got
  std::size_t seen_ = 0;                   // of those
  bool is_out_of_step_ = false;
};

}  // namespace

FrameSpan GroupScan::group(std::size_t index) const {
  const auto end = index + 1 < keyframes.size() ? keyframes[index + 1] : static_cast<FrameNumber>(pts.size());
  return {keyframes[index], end};
}

std::optional<GroupScan> scan_groups(Demuxer& demuxer, const std::stop_token& stop,
                                     GroupScanListener& listener) {
  return Scanner(demuxer, stop, listener).scan();
}

}  // namespace heaters::media

#include "media/group_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "media/av.h"
#include "media/idr.h"

namespace heaters::media {

namespace {

// Between one frame and the next; what is longer may be a clock that starts anew.
constexpr double longest_frame_seconds = 10;

// Whether the packet tells the decoder something that others after it go by: who begins later would not know.
bool changes_decoder(const AVPacket& packet, const AVCodecParameters& codec) {
  for (int i = 0; i < packet.side_data_elems; ++i) {
    const AVPacketSideData& data = packet.side_data[i];
    if (data.type == AV_PKT_DATA_PALETTE || data.type == AV_PKT_DATA_PARAM_CHANGE) return true;
    if (data.type != AV_PKT_DATA_NEW_EXTRADATA) continue;
    const bool is_known = data.size == static_cast<std::size_t>(codec.extradata_size) &&
                          std::equal(data.data, data.data + data.size, codec.extradata);
    if (!is_known) return true;
  }
  return false;
}

// Whether no picture comes of the packet, as far as can be told: a hidden frame of VP8 (RFC 6386,
// section 9.1), and what is too short for one.
bool is_without_picture(const AVPacket& packet, AVCodecID codec) {
  constexpr int least_of_mpeg4 = 9;  // a picture that is not coded takes eight
  constexpr int least_of_av1 = 3;    // a temporal delimiter takes two
  if (codec == AV_CODEC_ID_VP8) return packet.size < 1 || (packet.data[0] & 0x10) == 0;
  if (codec == AV_CODEC_ID_MPEG4) return packet.size < least_of_mpeg4;
  return packet.size < (codec == AV_CODEC_ID_AV1 ? least_of_av1 : 1);
}

class Scanner {
 public:
  Scanner(Demuxer& demuxer, const std::stop_token& stop) : demuxer_(demuxer), stop_(stop) {}

  std::optional<GroupScan> scan() {
    while (const AVPacket* packet = demuxer_.next()) {
      if (stop_.stop_requested()) {
        throw Error(ErrorKind::Cancelled, fmt::format("decode \"{}\": stopped", demuxer_.path().string()));
      }
      if (packet->stream_index == demuxer_.info().video.index && !take(*packet)) return std::nullopt;
    }
    if (demuxer_.ended_at_damage() || rows_.size() < 2) return std::nullopt;
    return arranged();
  }

 private:
  struct Row {
    std::int64_t pts;
    std::uint32_t bytes;
    bool is_keyframe;
  };

  bool take(const AVPacket& packet) {
    // What an edit list leaves out is decoded, and not shown.
    if ((packet.flags & AV_PKT_FLAG_DISCARD) != 0) return false;
    if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0 || packet.pts == AV_NOPTS_VALUE) return false;
    if (changes_decoder(packet, codec_) || is_without_picture(packet, codec_.codec_id)) return false;
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
      ends_behind_.push_back(false);
    } else if (packet.pts < keyframe_pts_.back()) {
      if (keyframe_pts_.size() < 2) return false;
      ends_behind_[keyframe_pts_.size() - 2] = true;
    }
    rows_.push_back({packet.pts, static_cast<std::uint32_t>(packet.size), is_keyframe});
    return true;
  }

  std::optional<GroupScan> arranged() {
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
    scan.ends_behind_next_keyframe = std::move(ends_behind_);
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
  const AVCodecParameters& codec_ = *demuxer_.video_stream().codecpar;
  const std::optional<int> h264_length_bytes_ = h264_length_bytes(*demuxer_.video_stream().codecpar);
  const std::stop_token& stop_;
  std::vector<Row> rows_;
  std::vector<std::int64_t> keyframe_pts_;
  std::vector<bool> ends_behind_;  // by group
};

}  // namespace

FrameSpan GroupScan::group(std::size_t index) const {
  const auto end = index + 1 < keyframes.size() ? keyframes[index + 1] : static_cast<FrameNumber>(pts.size());
  return {keyframes[index], end};
}

std::optional<GroupScan> scan_groups(Demuxer& demuxer, const std::stop_token& stop) {
  return Scanner(demuxer, stop).scan();
}

}  // namespace heaters::media

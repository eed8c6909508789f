#include "media/keyframe_scan.h"

#include <algorithm>
#include <optional>

#include "media/av.h"
#include "media/demuxer.h"
#include "media/idr.h"

namespace heaters::media {

KeyframeScan scan_keyframes(const std::filesystem::path& path, double limit_seconds, std::stop_token stop) {
  Demuxer demuxer(path, std::move(stop));
  const Rational time_base = demuxer.info().video.time_base;
  std::optional<double> first;
  double last_keyframe = 0;
  double last = 0;
  KeyframeScan scan;
  std::optional<std::int64_t> keyframe_pts;
  const std::optional<int> length_bytes = h264_length_bytes(*demuxer.video_stream().codecpar);
  while (const AVPacket* packet = demuxer.next()) {
    if (packet->stream_index != demuxer.info().video.index) continue;
    const std::int64_t timestamp = packet->dts != AV_NOPTS_VALUE ? packet->dts : packet->pts;
    if (timestamp == AV_NOPTS_VALUE) continue;
    const double time = to_seconds(timestamp, time_base);
    if (!first) {
      first = time;
      last_keyframe = time;
    }
    last = std::max(last, time);
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0) {
      scan.longest_gap_seconds = std::max(scan.longest_gap_seconds, time - last_keyframe);
      last_keyframe = time;
      // Nothing is before the first one that could be missed.
      if (time > *first) {
        if (packet->pts != AV_NOPTS_VALUE) keyframe_pts = packet->pts;
        if (length_bytes && !has_idr(*packet, *length_bytes)) scan.has_open_groups = true;
      }
    } else if (keyframe_pts && packet->pts != AV_NOPTS_VALUE && packet->pts < *keyframe_pts) {
      scan.has_open_groups = true;
    }
    if (time - *first > limit_seconds) break;
  }
  scan.longest_gap_seconds = std::max(scan.longest_gap_seconds, last - last_keyframe);
  return scan;
}

}  // namespace heaters::media

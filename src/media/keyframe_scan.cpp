#include "media/keyframe_scan.h"

#include <algorithm>
#include <optional>

#include "media/av.h"
#include "media/demuxer.h"

namespace heaters::media {

double longest_keyframe_gap(const std::filesystem::path& path, double limit_seconds, std::stop_token stop) {
  Demuxer demuxer(path, std::move(stop));
  const Rational time_base = demuxer.info().video.time_base;
  std::optional<double> first;
  double last_keyframe = 0;
  double last = 0;
  double longest = 0;
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
      longest = std::max(longest, time - last_keyframe);
      last_keyframe = time;
    }
    if (time - *first > limit_seconds) break;
  }
  return std::max(longest, last - last_keyframe);
}

}  // namespace heaters::media

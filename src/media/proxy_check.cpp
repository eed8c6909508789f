#include "media/proxy_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "media/av.h"
#include "media/demuxer.h"

namespace heaters::media {

namespace {

std::optional<std::string> find_mismatch(const PacketRecorder& recorder, Rational time_base,
                                         const FrameTable& table, double shift_seconds) {
  std::vector<std::int64_t> times;
  for (const PacketRecorder::Seen& packet : recorder.packets()) {
    if (!packet.is_shown) continue;
    if (!packet.pts) return "a packet of the proxy has no time";
    times.push_back(*packet.pts);
  }
  std::sort(times.begin(), times.end());
  if (static_cast<FrameNumber>(times.size()) != table.size()) {
    return fmt::format("the proxy has {} frames, the source {}", times.size(), table.size());
  }
  const double tolerance = to_seconds(1, table.time_base()) + to_seconds(1, time_base) + 1e-6;
  for (FrameNumber frame = 0; frame < table.size(); ++frame) {
    const double expected = to_seconds(table[frame].pts, table.time_base()) + shift_seconds;
    const double actual = to_seconds(times[static_cast<std::size_t>(frame)], time_base);
    if (std::abs(expected - actual) > tolerance) {
      return fmt::format("frame {} is at {:.6f} s in the proxy and belongs at {:.6f} s", frame, actual,
                         expected);
    }
  }
  return std::nullopt;
}

}  // namespace

ProxyCheck check_proxy(const std::filesystem::path& proxy, const FrameTable& table, double shift_seconds) {
  Demuxer demuxer(proxy);
  PacketRecorder recorder(demuxer);
  while (const AVPacket* packet = demuxer.next()) recorder.consume(*packet);
  if (auto mismatch = find_mismatch(recorder, demuxer.info().video.time_base, table, shift_seconds)) {
    return {std::move(mismatch), std::nullopt};
  }
  return {std::nullopt, index_packets(demuxer, recorder, table)};
}

}  // namespace heaters::media

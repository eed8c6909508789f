#include "media/proxy_ladder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace heaters::media {

namespace {

// Why the video stream must be encoded; nullopt when browsers play it as it is.
std::optional<std::string> video_obstacle(const MediaInfo& info, const std::optional<KeyframeScan>& keyframes,
                                          const ProxyLimits& limits) {
  const VideoStreamInfo& video = info.video;
  if (video.codec != "h264") return fmt::format("the video is {}, not H.264", video.codec);
  if (video.bit_depth != 8) return fmt::format("the video has {} bits per sample", video.bit_depth);
  if (!video.is_planar_420) return fmt::format("the video is {}, not 4:2:0", video.pixel_format);
  if (video.is_hdr) return "the video is HDR";
  if (video.is_interlaced) return "the video is interlaced";
  const auto [short_side, long_side] = std::minmax(video.width, video.height);
  if (short_side > limits.short_side_max || long_side > limits.long_side_max) {
    return fmt::format("the picture is {}x{}, more than {}x{}", video.width, video.height,
                       limits.long_side_max, limits.short_side_max);
  }
  if (video.bit_rate > limits.bit_rate_max) {
    return fmt::format("the bit rate is {:.1f} Mbit/s, more than {:.1f}",
                       static_cast<double>(video.bit_rate) / 1e6,
                       static_cast<double>(limits.bit_rate_max) / 1e6);
  }
  if (keyframes && keyframes->longest_gap_seconds > limits.keyframe_gap_seconds_max) {
    return fmt::format("keyframes are up to {:.1f} s apart, more than {:.1f}", keyframes->longest_gap_seconds,
                       limits.keyframe_gap_seconds_max);
  }
  if (keyframes && keyframes->has_open_groups) {
    return "its groups of pictures are open: players fail to seek";
  }
  return std::nullopt;
}

// Containers whose packets carry the presentation times that MP4 needs.
bool can_copy_from(const std::string& container) {
  constexpr std::array sources = {"mp4", "mov", "matroska", "webm", "mpegts", "flv"};
  return std::find(sources.begin(), sources.end(), container) != sources.end();
}

}  // namespace

std::string_view to_string(ProxyRung rung) {
  switch (rung) {
    case ProxyRung::Reuse:
      return "reuse";
    case ProxyRung::Remux:
      return "remux";
    case ProxyRung::AudioOnly:
      return "audio";
    case ProxyRung::Encode:
      return "encode";
  }
  HEATERS_CHECK(false);
}

double timestamp_shift(const MediaInfo& info) {
  constexpr double most_seconds_before_the_first_frame = 10;
  const double start = info.video.start_seconds;
  return start >= 0 && start <= most_seconds_before_the_first_frame ? 0 : -start;
}

ProxyDecision decide_proxy(const MediaInfo& info, const std::optional<KeyframeScan>& keyframes,
                           const ProxyLimits& limits) {
  if (const auto obstacle = video_obstacle(info, keyframes, limits)) {
    return {ProxyRung::Encode, *obstacle};
  }
  const bool is_mp4 = info.container == "mp4" || info.container == "mov";
  const bool audio_fits = !info.audio || info.audio->codec == "aac";
  const bool starts_in_reach = timestamp_shift(info) == 0;
  if (is_mp4 && audio_fits && !info.is_fragmented && starts_in_reach) {
    return {ProxyRung::Reuse,
            fmt::format("{} with H.264 and {} plays as it is", info.container == "mp4" ? "MP4" : "MOV",
                        info.audio ? "AAC" : "no audio")};
  }
  if (info.video.has_trimmed_frames) {
    return {ProxyRung::Encode, "an edit list hides frames, which copied packets would show"};
  }
  if (!can_copy_from(info.container)) {
    return {ProxyRung::Encode, fmt::format("packets of {} lack the times MP4 needs", info.container)};
  }
  if (!audio_fits) {
    return {ProxyRung::AudioOnly,
            fmt::format("the audio is {}, not AAC; the video is copied", info.audio->codec)};
  }
  if (is_mp4 && !starts_in_reach) {
    return {ProxyRung::Remux,
            fmt::format("the video begins at {:.1f} s; its packets are copied to begin at 0",
                        info.video.start_seconds)};
  }
  return {ProxyRung::Remux,
          info.is_fragmented
              ? "the MP4 is fragmented; packets are copied"
              : fmt::format("the container is {}, not MP4; packets are copied", info.container)};
}

}  // namespace heaters::media

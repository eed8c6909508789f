#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace heaters::media {

// What a container's header says of its video stream. Untrusted until the frames have been decoded.
struct VideoStreamInfo {
  int index = 0;        // in the container
  std::string codec;    // libav's name: "h264", "hevc", "vp9", ...
  std::string profile;  // "High", empty when unknown
  std::string pixel_format;
  int width = 0;  // of the stored picture, before rotation and pixel aspect
  int height = 0;
  Rational time_base{1, 1};
  double start_seconds = 0;   // of the first frame, as far as the header tells
  Rational frame_rate{0, 1};  // mean; 0 when unknown
  std::string timecode;       // of the first frame, "HH:MM:SS:FF"; empty: none is stated
  Rational pixel_aspect{1, 1};
  int rotation = 0;  // degrees clockwise to show the picture upright: 0, 90, 180 or 270
  int bit_depth = 8;
  bool is_planar_420 = false;  // planar YUV with chroma halved both ways
  bool is_interlaced = false;
  bool is_hdr = false;         // PQ or HLG transfer
  bool is_wide_gamut = false;  // BT.2020 primaries or matrix
  bool is_full_range = false;
  std::int64_t bit_rate = 0;          // bits per second; 0 when unknown
  std::int64_t frame_count_hint = 0;  // from the header; 0 when unknown
  bool has_trimmed_frames = false;    // an edit list hides decoded frames
};

struct AudioStreamInfo {
  int index = 0;
  std::string codec;
  int sample_rate = 0;
  int channels = 0;
  int bits = 0;  // of a sample, as far as the codec has such; 0: it has not
  Rational time_base{1, 1};
  bool is_decodable = false;  // a decoder for it exists here
};

struct MediaInfo {
  std::string container;             // "mp4", "mov", "matroska", "webm", "mpegts", or libav's demuxer name
  bool is_fragmented = false;        // fragmented ISO BMFF
  bool timestamps_may_jump = false;  // a stream format whose clock may start anew (MPEG-TS)
  double duration_seconds = 0;       // 0 when unknown
  // The header states the duration and nothing states the size: then an early end means a file cut short.
  bool duration_tells_end = false;
  double start_seconds = 0;  // smallest first timestamp of any stream
  std::uint64_t bytes = 0;
  VideoStreamInfo video;
  std::optional<AudioStreamInfo> audio;
};

}  // namespace heaters::media

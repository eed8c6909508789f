#pragma once

#include <string>

namespace heaters::media {

// How proxies are encoded: all of it, as data.
struct ProxyProfile {
  int short_side = 720;             // pixels; smaller sources are not scaled up
  std::string preset = "veryfast";  // x264's
  int crf = 23;                     // x264's constant rate factor
  double keyframe_seconds = 1;      // longest time between two IDR frames
  int audio_bit_rate = 128'000;     // AAC, bits per second, stereo; mono takes half
};

}  // namespace heaters::media

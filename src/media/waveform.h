#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "media/sinks.h"

namespace heaters::media {

// Minimum and maximum of the mean of all channels, 50 times a second, for drawing. The file is version 1 of
// BBC audiowaveform's binary format (one channel, 8 bit), which peaks.js and others read. It begins at the
// first sound; start_seconds() says when that is. Gaps in the timestamps are drawn as silence. 100 bytes a
// second in memory.
class WaveformSink : public AudioSink {
 public:
  void consume(const AudioBlock& block) override;
  void finish() override;

  // Empty without audio.
  std::vector<std::byte> encode() const;
  double start_seconds() const { return start_seconds_.value_or(0); }

 private:
  void fill_gap(double start_seconds);
  void close_pixel();

  std::optional<double> start_seconds_;
  int sample_rate_ = 0;
  int samples_per_pixel_ = 0;
  int samples_in_pixel_ = 0;
  float low_ = 0;
  float high_ = 0;
  std::vector<std::int8_t> peaks_;  // low, high, low, high, ...
};

}  // namespace heaters::media

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/float_converter.h"

namespace heaters::media {

// The first seconds of a file's sound from some time on, as one channel of about 8 kHz: enough to tell when
// it is. Not thread-safe.
class SoundBeginning {
 public:
  // `start_seconds` on the file's clock; `seconds` after it, at most longest_seconds. The file has sound that
  // can be decoded.
  SoundBeginning(const Demuxer& file, double start_seconds, double seconds);

  void decode(const AVPacket* packet);
  void end() { decode(nullptr); }

  // Whether there is nothing more to be decoded for it.
  bool is_complete() const { return is_complete_; }
  // Whether anything can be heard.
  bool is_audible() const;
  // How long 1,024 samples are, a frame of AAC.
  double frame_seconds() const { return 1024.0 / sample_rate_; }
  const std::vector<float>& samples() const { return samples_; }

  static constexpr double rate = 8000;
  static constexpr double longest_seconds = 2;

 private:
  void add(const AVFrame& frame);

  Rational time_base_;
  int sample_rate_;
  double start_seconds_;
  Decoder decoder_;
  FloatConverter floats_;
  std::optional<double> next_seconds_;
  std::vector<float> samples_;  // sums of what falls into each
  std::vector<float> counts_;
  bool is_complete_ = false;
};

// How many seconds later `b` is than `a`, which are as long: the shift of the largest normalised
// cross-correlation, searched within a tenth of a second. nullopt when none is alike enough to tell.
std::optional<double> sound_offset(const SoundBeginning& a, const SoundBeginning& b);

}  // namespace heaters::media

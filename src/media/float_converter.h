#pragma once

#include <span>
#include <vector>

#include "media/av.h"

namespace heaters::media {

// Decoded audio as interleaved floats, at the rate and with the channels it has. The format of a stream may
// change on the way. Not thread-safe.
class FloatConverter {
 public:
  // Valid until the next call.
  std::span<const float> convert(const AVFrame& frame);

 private:
  void configure(const AVFrame& frame);

  UniqueResampler resampler_;
  int format_ = -1;
  int channels_ = 0;
  int rate_ = 0;
  std::vector<float> samples_;
};

}  // namespace heaters::media

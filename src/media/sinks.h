#pragma once

#include <cstdint>
#include <span>

#include "base/time.h"
#include "media/frame.h"

struct AVFrame;
struct AVPacket;

namespace heaters::media {

// The consumers of a media pass. Each is called on the pass's thread, in stream order; finish() comes once,
// after the last item. A sink that is destroyed without finish() leaves nothing behind.

class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void consume(const Frame& frame) = 0;
  virtual void finish() = 0;
};

// One run of decoded audio: as decoded, and as interleaved floats at the source's rate and channel count.
struct AudioBlock {
  const AVFrame& decoded;
  std::span<const float> samples;
  int channels;
  int sample_rate;
  double start_seconds;  // on the source's clock
};

class AudioSink {
 public:
  virtual ~AudioSink() = default;
  virtual void consume(const AudioBlock& block) = 0;
  virtual void finish() = 0;
};

// Undecoded packets of the chosen streams, in file order.
class PacketSink {
 public:
  virtual ~PacketSink() = default;
  virtual void consume(const AVPacket& packet) = 0;
  virtual void finish() = 0;
};

}  // namespace heaters::media

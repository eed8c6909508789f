#pragma once

#include <string>

#include "media/av.h"
#include "media/deblocking.h"
#include "media/decoding_threads.h"

namespace heaters::media {

// Turns the packets of one stream into frames. Draining, reordering delay and libav's EAGAIN stay inside:
//
//   decoder.send(packet);                               // nullptr: end of the stream
//   while (AVFrame* frame = decoder.receive()) ...
//
// Packets that cannot be decoded are counted, not fatal: one damaged packet must not lose a video. Runs
// libav's own frame and slice threads. Not thread-safe.
class Decoder {
 public:
  // `what` names the file for error texts. Throws Unsupported without a decoder.
  Decoder(const AVStream& stream, Deblocking deblocking, std::string what,
          DecodingThreads threads = DecodingThreads::PerCore);

  void send(const AVPacket* packet);

  // The next frame, valid until the next call; nullptr when the decoder wants another packet or is at its
  // end.
  AVFrame* receive();

  // Forgets what was sent: the next packet must be a keyframe.
  void flush();

  std::int64_t errors() const { return errors_; }

 private:
  UniqueCodecContext context_;
  UniqueFrame frame_ = make_frame();
  std::string what_;
  std::int64_t errors_ = 0;
};

}  // namespace heaters::media

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

  // From now on pictures come in the order of decoding, each once its packet has been sent, and without
  // waiting for those that are shown before it. For decoders of H.264 and HEVC on one thread; the pictures
  // are those without the cropping of left and upper edges.
  void give_in_decoding_order();

  // Whether packets sent from now on are left undecoded when no other picture needs them: those that no other
  // is predicted from, as far as the decoder can tell.
  void leave_out_unreferenced(bool wanted);

  // Forgets what was sent: the next packet must be a keyframe.
  void flush();

  std::int64_t errors() const { return errors_; }

 private:
  static int keep_begun(AVCodecContext* context, AVFrame* frame, int flags);
  bool receive_shown();
  AVFrame* take_begun();

  UniqueCodecContext context_;
  UniqueFrame frame_ = make_frame();
  UniqueFrame begun_;  // the newest that the decoder has begun; null while pictures come in the order shown
  std::string what_;
  std::int64_t errors_ = 0;
};

}  // namespace heaters::media

#pragma once

#include <memory>
#include <string>

#include "media/av.h"
#include "media/deblocking.h"
#include "media/decoding_threads.h"

namespace heaters::media {

class UnfilteredAv1Decoder;

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
  ~Decoder();

  void send(const AVPacket* packet);

  // The next frame, valid until the next call; nullptr when the decoder wants another packet or is at its
  // end.
  AVFrame* receive();

  // From now on begun() gives pictures too. For decoders of H.264 and HEVC on one thread.
  void give_in_decoding_order();

  // The picture of the packet sent last, decoded, without waiting for those that are shown before it; nullptr
  // when it had none, or was taken already. Valid until the next packet is sent. Is to be called when
  // receive() has given all. Cropping of left and upper edges is left out.
  AVFrame* begun();

  // Whether packets sent from now on are left undecoded when no other picture needs them: those that no other
  // is predicted from, as far as the decoder can tell.
  void leave_out_unreferenced(bool wanted);

  // Forgets what was sent: the next packet must be a keyframe.
  void flush();

  std::int64_t errors() const;

 private:
  // What the decoder began for the packet that it has.
  struct Begun {
    UniqueFrame frame = make_frame();
    int pictures = 0;
    bool is_first_of_packet = false;  // else the last is; others stand for references that are missing
  };
  static int keep_begun(AVCodecContext* context, AVFrame* frame, int flags);

  UniqueCodecContext context_;
  std::unique_ptr<UnfilteredAv1Decoder> unfiltered_av1_;  // then that decodes, and not the context
  UniqueFrame frame_ = make_frame();
  std::unique_ptr<Begun> begun_;  // null unless pictures are given in the order of decoding
  std::string what_;
  std::int64_t errors_ = 0;
};

}  // namespace heaters::media

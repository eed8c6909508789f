#pragma once

#include <dav1d/dav1d.h>

#include <cstdint>
#include <memory>

#include "media/av.h"

namespace heaters::media {

// Decodes AV1 without its filters after prediction (deblocking, CDEF, restoration: AV1 specification, section
// 7.14 and on) and without film grain, which libav's way to dav1d has no setting for. Packets go in and
// frames come out as with Decoder. On one thread. Not thread-safe.
class UnfilteredAv1Decoder {
 public:
  UnfilteredAv1Decoder();
  ~UnfilteredAv1Decoder();
  UnfilteredAv1Decoder(const UnfilteredAv1Decoder&) = delete;
  UnfilteredAv1Decoder& operator=(const UnfilteredAv1Decoder&) = delete;

  // A temporal unit; nullptr: end of the stream. All frames of the one before must have been received.
  void send(const AVPacket* packet);

  // The next frame, valid until the next call; nullptr when there is none yet. Its times are those of its
  // packet.
  AVFrame* receive();

  void flush();

  // Units that could not be decoded, and pictures in a form that is not planar YUV.
  std::int64_t errors() const { return errors_; }

 private:
  struct Close {
    void operator()(Dav1dContext* context) const;
  };

  void push_pending();

  std::unique_ptr<Dav1dContext, Close> context_;
  Dav1dData pending_{};  // what the decoder has not taken yet
  UniqueFrame frame_ = make_frame();
  std::int64_t errors_ = 0;
};

}  // namespace heaters::media

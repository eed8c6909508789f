#pragma once

#include "media/av.h"
#include "media/muxer.h"
#include "media/sinks.h"

namespace heaters::media {

// Copies the packets of one source stream into one stream of a Muxer (borrowed), undecoded. Packets before
// the first keyframe, which no decoder shows, are left out.
class PacketCopier : public PacketSink {
 public:
  PacketCopier(const AVStream& source, Muxer& muxer);

  void consume(const AVPacket& packet) override;
  void finish() override {}

 private:
  int source_index_;
  Rational time_base_;
  Muxer& muxer_;
  int stream_;
  bool has_begun_ = false;
  UniquePacket copy_ = make_packet();
};

}  // namespace heaters::media

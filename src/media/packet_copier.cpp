#include "media/packet_copier.h"

namespace heaters::media {

PacketCopier::PacketCopier(const AVStream& source, Muxer& muxer)
    : source_index_(source.index),
      time_base_(from_av(source.time_base)),
      muxer_(muxer),
      stream_(muxer.add_copied_stream(source)) {}

void PacketCopier::consume(const AVPacket& packet) {
  if (packet.stream_index != source_index_) return;
  has_begun_ = has_begun_ || (packet.flags & AV_PKT_FLAG_KEY) != 0;
  if (!has_begun_) return;
  check_av(av_packet_ref(copy_.get(), &packet), "copy a packet");
  muxer_.write(*copy_, stream_, time_base_);
}

}  // namespace heaters::media

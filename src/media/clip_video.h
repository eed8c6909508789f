#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bitstream/decoder_configuration.h"
#include "bitstream/h264_restart.h"
#include "bitstream/hevc_syntax.h"
#include "media/clip_plan.h"
#include "media/demuxer.h"
#include "media/frame.h"
#include "media/muxer.h"
#include "media/span_encoder.h"

namespace heaters::media {

// The video track of one exported clip: its encoded head, its copied packets, its encoded tail, in this order
// whatever the order in which they arrive. Frames keep the distances of their times; the first one is at 0.
//
// Where encoded H.264 or HEVC joins copied, the track's decoder configuration holds the parameter sets of
// both, under different ids; what is copied begins with a picture after which a decoder needs nothing from
// before. HEVC has its sets before each random access picture too: Firefox 153 keeps one set of each kind of
// a configuration. Throws Unsupported when joining is impossible. Borrows all that it is given; not
// thread-safe.
class ClipVideo {
 public:
  ClipVideo(const Demuxer& source, const FrameTable& table, const ClipPlan& plan, const ExportFormat& format,
            int quality_offset, Muxer& muxer);
  ~ClipVideo();

  // A packet of the plan's range, in decoding order, and the frame it decodes to.
  void copy(const AVPacket& packet, FrameNumber frame);
  // A frame of head or tail, in order.
  void encode(const Frame& frame);
  void finish();
  bool is_complete() const { return written_ == span_.length(); }

  // Whether the frames of a source that are encoded can follow copied ones at all.
  static bool can_join(const Demuxer& source);

 private:
  struct Piece {
    UniquePacket packet;
    FrameNumber frame = 0;
  };

  const AVStream& stream() const { return source_.video_stream(); }
  bool has_copied() const { return plan_.copied.length() > 0; }
  void choose_ids();
  void add_stream(Muxer& muxer);
  bool rewrites_hevc_ids() const { return has_copied() && codec_ == bitstream::NalCodec::Hevc; }
  int reordered() const;
  SpanEncoder& encoder_for(FrameNumber frame);
  void take_encoded(const AVPacket& packet);
  UniquePacket copied_packet(const AVPacket& packet);
  UniquePacket encoded_packet(const AVPacket& packet) const;
  void append_sets(std::vector<std::byte>& data, const bitstream::ParameterSets& sets) const;
  void end_encoder();
  void write_pending();
  void write(Piece& piece);

  const Demuxer& source_;
  const FrameTable& table_;
  const ClipPlan plan_;
  FrameSpan span_;
  SpanEncoder::Options encoding_;
  std::optional<bitstream::NalCodec> codec_;    // of the track; nullopt: one without NAL units
  std::optional<bitstream::NalFormat> format_;  // of the source, when it is copied
  bitstream::HevcIds hevc_ids_;
  std::optional<bitstream::ParameterSets> encoder_sets_;  // of HEVC, with those ids
  // Of encoded H264 beside copied: what its IDR pictures are read with.
  std::optional<bitstream::H264ParameterSets> joined_sets_;
  std::vector<std::byte> encoder_header_;  // that every encoder must write
  std::optional<bitstream::H264Restart> restart_;
  bool has_copied_first_ = false;
  std::unique_ptr<SpanEncoder> encoder_;
  FrameNumber next_encoded_ = 0;
  Muxer& muxer_;
  int track_ = 0;
  int delay_ = 0;  // frames between decoding and showing
  FrameNumber written_ = 0;
  std::deque<Piece> pending_;  // copied, while the head is still being encoded
  std::deque<Piece> late_;     // of the tail, while copied packets are still to come
};

}  // namespace heaters::media

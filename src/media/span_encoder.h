#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/time.h"
#include "media/av.h"
#include "media/export_preset.h"
#include "media/filter_graph.h"
#include "media/media_info.h"
#include "media/picture_geometry.h"

namespace heaters::media {

// The filters that make a source's picture what the encoder of a preset gets; not for Source and masters,
// whose picture stays.
FilterGraph::Describe export_filter(const VideoStreamInfo& info, ExportPreset preset);
// The filter that makes a source's picture one of the format and size of `wanted`, where Source's encoder
// does not take it as it is: cropped from its upper left corner, not scaled.
FilterGraph::Describe kept_picture_filter(const VideoStreamInfo& info, const AVFrame& wanted);

// Encodes the pictures of one span of a source. All encoders of one source and quality write the same
// parameter sets. The pictures of the span depend on no others: the first is an IDR picture. Not thread-safe.
class SpanEncoder {
 public:
  struct Options {
    ExportFormat format = ExportPreset::Source;
    int parameter_set_id = 0;  // of H.264
    // The source's own profile (profile_idc), which encoded H.264 beside copied must not exceed; 0: any.
    int h264_profile = 0;
    // Added to the constant rate factor: below zero is better.
    int quality_offset = 0;
  };
  using OnPacket = std::function<void(const AVPacket&)>;

  SpanEncoder(const AVStream& source, const VideoStreamInfo& info, const Options& options,
              OnPacket on_packet);

  // The picture of `frame`, whose pts is in the source's time base, as is that of the packets.
  void encode(const AVFrame& frame, std::int64_t pts);
  void finish();

  const AVCodecContext& context() const { return *encoder_; }
  // How many pictures at most are encoded before the one that is shown first.
  static constexpr int most_reordered = 3;

 private:
  void encode_filtered();
  void send(AVFrame* frame);

  FilterGraph filters_;
  UniqueCodecContext encoder_;
  bool is_filtered_;  // also when the format is the same
  bool reads_all_as_rgb_;
  PictureSize source_size_;
  OnPacket on_packet_;
  bool has_begun_ = false;
  UniqueFrame input_ = make_frame();
  UniquePacket packet_ = make_packet();
};

}  // namespace heaters::media

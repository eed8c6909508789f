#pragma once

#include "media/filter_graph.h"
#include "media/media_info.h"
#include "media/muxer.h"
#include "media/proxy_profile.h"
#include "media/sinks.h"

namespace heaters::media {

// Frames → filters → x264 → one stream of a Muxer (borrowed). Every frame in is one frame out at the same
// time: no rate conversion. Keyframes are IDR, at most ProxyProfile::keyframe_seconds apart by timestamps, so
// that a variable rate does not stretch them. The muxer is finished by whoever owns it.
class VideoEncoder : public FrameSink {
 public:
  VideoEncoder(const VideoStreamInfo& video, int source_matrix, const ProxyProfile& profile, Muxer& muxer);

  void consume(const Frame& frame) override;
  void finish() override;

 private:
  void encode_filtered();
  void encode_held(std::int64_t next_pts);

  std::int64_t keyframe_ticks_;
  std::int64_t last_keyframe_pts_ = 0;
  bool has_keyframe_ = false;
  FilterGraph filters_;
  UniqueFrame held_ = make_frame();  // waits to learn when the next frame comes
  bool has_held_ = false;
  int encoder_ticks_;  // for one of the source
  UniqueCodecContext encoder_;
  Muxer& muxer_;
  int stream_;
};

}  // namespace heaters::media

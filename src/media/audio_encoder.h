#pragma once

#include <optional>

#include "media/filter_graph.h"
#include "media/media_info.h"
#include "media/muxer.h"
#include "media/proxy_profile.h"
#include "media/sinks.h"

namespace heaters::media {

// Decoded audio → AAC-LC, mono or stereo (more channels are mixed down) → one stream of a Muxer (borrowed).
// Gaps in the source's timestamps become silence, so that sound stays with the picture.
class AudioEncoder : public AudioSink {
 public:
  AudioEncoder(const AudioStreamInfo& audio, const ProxyProfile& profile, Muxer& muxer);

  void consume(const AudioBlock& block) override;
  void finish() override;

 private:
  void leave_gap(std::int64_t pts);
  void encode_filtered();

  Rational source_time_base_;
  UniqueCodecContext encoder_;
  FilterGraph filters_;
  UniqueFrame input_ = make_frame();
  std::optional<std::int64_t> end_pts_;  // of what has been given to the filters
  Muxer& muxer_;
  int stream_;
};

}  // namespace heaters::media

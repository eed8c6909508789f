#pragma once

#include <optional>

#include "media/filter_graph.h"
#include "media/media_info.h"
#include "media/muxer.h"
#include "media/sinks.h"

namespace heaters::media {

// How sound is encoded.
struct AudioProfile {
  enum class Codec {
    Aac,   // AAC-LC
    Flac,  // lossless, for sources whose sound is no less
    Pcm,   // as it is, 16 or 24 bits, for editing
  };
  Codec codec = Codec::Aac;
  int max_channels = 2;    // more are mixed down
  int bit_rate = 128'000;  // AAC, bits per second, of two channels
  // Sound that was decoded from a lossy codec has more than 16 bits: FLAC gets 24, PCM what was decoded.
  bool keeps_precision = false;
};

// Decoded audio → encoder → one stream of a Muxer (borrowed). Gaps in the source's timestamps become silence,
// so that sound stays with the picture.
class AudioEncoder : public AudioSink {
 public:
  AudioEncoder(const AudioStreamInfo& audio, const AudioProfile& profile, Muxer& muxer);

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

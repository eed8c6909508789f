#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "media/audio_encoder.h"
#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/muxer.h"
#include "media/span_encoder.h"

namespace heaters::media {

// The sound of one exported clip: the source's packets that sound during the clip, and as many before as
// their decoder needs to get going, which an edit list hides, so that the first sample heard is the one at
// the clip's first frame. Where MP4 cannot hold the source's codec, or the preset wants another, the samples
// are cut exactly and encoded. Borrows all that it is given; not thread-safe.
class ClipAudio {
 public:
  // `begin` and `end` in ticks of the video stream's time base, on the source's clock.
  ClipAudio(const Demuxer& source, std::int64_t begin, std::int64_t end, const ExportFormat& format,
            Muxer::Container container, Muxer& muxer);
  ~ClipAudio();

  // Whether the source has sound that such a file can have: copied, or decoded and encoded.
  static bool can_take(const Demuxer& source, const ExportFormat& format, Muxer::Container container);

  // Packets of the audio stream in file order, from sound_lead_seconds before the clip on.
  void consume(const AVPacket& packet);
  void finish();

  bool is_encoded() const { return encoder_ != nullptr; }
  bool has_ended() const { return has_ended_; }

 private:
  void copy(const AVPacket& packet);
  void write_held();
  void decode(const AVPacket* packet);
  void encode(const AVFrame& samples);

  const Demuxer& source_;
  Rational sample_base_;    // one tick is one sample
  std::int64_t begin_ = 0;  // in samples, on the source's clock
  std::int64_t end_ = 0;
  bool has_ended_ = false;
  Muxer& muxer_;
  int track_ = 0;
  std::int64_t lead_ = 0;                 // samples before `begin_` that are copied
  std::optional<std::int64_t> next_pts_;  // where the packet after the last one should be
  UniquePacket held_ = make_packet();     // the last one is shortened
  bool has_held_ = false;
  std::unique_ptr<Decoder> decoder_;
  std::unique_ptr<AudioEncoder> encoder_;
  std::optional<std::int64_t> next_sample_;
};

}  // namespace heaters::media

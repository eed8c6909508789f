#include "media/proxy_writer.h"

#include "base/check.h"
#include "media/audio_encoder.h"
#include "media/av.h"
#include "media/packet_copier.h"
#include "media/video_encoder.h"

namespace heaters::media {

struct ProxyWriter::Parts {
  explicit Parts(std::filesystem::path path) : muxer(std::move(path)) {}

  Muxer muxer;
  std::optional<PacketCopier> video_copier;
  std::optional<PacketCopier> audio_copier;
  std::optional<VideoEncoder> video_encoder;
  std::optional<AudioEncoder> audio_encoder;
};

ProxyWriter::ProxyWriter(ProxyRung rung, const Demuxer& demuxer, const ProxyProfile& profile,
                         std::filesystem::path path)
    : parts_(std::make_unique<Parts>(std::move(path))) {
  HEATERS_CHECK(rung != ProxyRung::Reuse);
  const MediaInfo& info = demuxer.info();
  parts_->muxer.set_timestamp_shift(timestamp_shift(info));
  if (rung == ProxyRung::Encode) {
    const int matrix = demuxer.video_stream().codecpar->color_space;
    parts_->video_encoder.emplace(info.video, matrix, profile, parts_->muxer);
  } else {
    parts_->video_copier.emplace(demuxer.video_stream(), parts_->muxer);
  }
  if (!info.audio) return;
  if (info.audio->codec == "aac" && rung == ProxyRung::Remux) {
    parts_->audio_copier.emplace(*demuxer.audio_stream(), parts_->muxer);
  } else if (info.audio->is_decodable) {
    parts_->audio_encoder.emplace(*info.audio, AudioProfile{.bit_rate = profile.audio_bit_rate},
                                  parts_->muxer);
  }
}

ProxyWriter::~ProxyWriter() = default;

void ProxyWriter::listen(PassSinks& sinks) {
  if (parts_->video_copier) sinks.packets.push_back(&*parts_->video_copier);
  if (parts_->audio_copier) sinks.packets.push_back(&*parts_->audio_copier);
  if (parts_->video_encoder) {
    sinks.frames.push_back(&*parts_->video_encoder);
    sinks.deblocking = Deblocking::All;
  }
  if (parts_->audio_encoder) sinks.audio.push_back(&*parts_->audio_encoder);
}

void ProxyWriter::finish() {
  parts_->muxer.finish();
}

int ProxyWriter::encoded_streams() const {
  return (parts_->video_encoder ? 1 : 0) + (parts_->audio_encoder ? 1 : 0);
}

}  // namespace heaters::media

#include "media/clip_audio.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "media/span_reader.h"

namespace heaters::media {

namespace {

struct Copied {
  std::string_view codec;
  double lead_seconds;  // what a decoder must have heard before its sound is right
};

// What MP4 holds as it is. Leads: overlap of transforms (AAC, AC-3: one frame, two with SBR), bit reservoir
// (MP3: up to nine frames), and what Opus recommends (RFC 7845, 4.6).
constexpr std::array copied_codecs = {Copied{"aac", 0.1},  Copied{"ac3", 0.04},  Copied{"eac3", 0.04},
                                      Copied{"mp3", 0.24}, Copied{"opus", 0.08}, Copied{"flac", 0},
                                      Copied{"alac", 0}};

const Copied* copied_as(const std::string& codec) {
  const auto found = std::find_if(copied_codecs.begin(), copied_codecs.end(),
                                  [&](const Copied& each) { return each.codec == codec; });
  return found != copied_codecs.end() ? &*found : nullptr;
}

bool is_lossless(const AudioStreamInfo& audio) {
  return audio.bits > 0 && (audio.codec.starts_with("pcm_") || audio.codec == "truehd" ||
                            audio.codec == "mlp" || audio.codec == "wavpack" || audio.codec == "tta");
}

AudioProfile profile_for(const AudioStreamInfo& audio, const ExportFormat& format,
                         Muxer::Container container) {
  switch (format.preset) {
    case ExportPreset::Web:
      return {.codec = AudioProfile::Codec::Aac, .max_channels = 2, .bit_rate = 192'000};
    case ExportPreset::ProRes:
      return {.codec = AudioProfile::Codec::Pcm, .max_channels = 16};
    case ExportPreset::Ffv1:
    case ExportPreset::H264Lossless:
      return {.codec = format.master.has_pcm_sound ? AudioProfile::Codec::Pcm : AudioProfile::Codec::Flac,
              .max_channels = 8,
              .keeps_precision = true};
    case ExportPreset::Source:
      break;
  }
  if (is_lossless(audio) && audio.channels <= 8) {
    const bool is_mp4 = container == Muxer::Container::Mp4;  // QuickTime knows no FLAC, and MP4 no PCM
    return {.codec = is_mp4 ? AudioProfile::Codec::Flac : AudioProfile::Codec::Pcm, .max_channels = 8};
  }
  return {.codec = AudioProfile::Codec::Aac, .max_channels = 6, .bit_rate = 256'000};
}

UniqueFrame cut_samples(const AVFrame& from, int first, int count) {
  UniqueFrame cut = make_frame();
  cut->format = from.format;
  cut->sample_rate = from.sample_rate;
  cut->nb_samples = count;
  check_av(av_channel_layout_copy(&cut->ch_layout, &from.ch_layout), "cut sound");
  check_av(av_frame_get_buffer(cut.get(), 0), "cut sound");
  check_av(av_samples_copy(cut->extended_data, from.extended_data, 0, first, count,
                           from.ch_layout.nb_channels, static_cast<AVSampleFormat>(from.format)),
           "cut sound");
  return cut;
}

// nullptr: what is wanted has to be encoded.
const Copied* copied_into(const AudioStreamInfo& audio, ExportPreset preset, Muxer::Container container) {
  const bool may_copy =
      preset == ExportPreset::Source || (preset == ExportPreset::Web && audio.codec == "aac");
  const bool is_mp4 = container == Muxer::Container::Mp4;
  return may_copy && (is_mp4 || audio.codec == "aac") ? copied_as(audio.codec) : nullptr;
}

}  // namespace

bool ClipAudio::can_take(const Demuxer& source, const ExportFormat& format, Muxer::Container container) {
  const auto& audio = source.info().audio;
  if (!audio || audio->sample_rate <= 0 || audio->channels <= 0) return false;
  return audio->is_decodable || copied_into(*audio, format.preset, container) != nullptr;
}

ClipAudio::ClipAudio(const Demuxer& source, std::int64_t begin, std::int64_t end, const ExportFormat& format,
                     Muxer::Container container, Muxer& muxer)
    : source_(source), sample_base_{1, source.info().audio->sample_rate}, muxer_(muxer) {
  const MediaInfo& info = source.info();
  begin_ = rescale(begin, info.video.time_base, sample_base_);
  end_ = rescale(end, info.video.time_base, sample_base_);
  if (const Copied* const copied = copied_into(*info.audio, format.preset, container)) {
    lead_ = static_cast<std::int64_t>(copied->lead_seconds * info.audio->sample_rate);
    track_ = muxer.add_stream_like(*source.audio_stream(), *source.audio_stream()->codecpar);
    return;
  }
  AudioStreamInfo audio = *info.audio;
  audio.time_base = sample_base_;
  decoder_ = std::make_unique<Decoder>(*source.audio_stream(), Deblocking::All,
                                       fmt::format("decode \"{}\"", source.path().string()));
  encoder_ = std::make_unique<AudioEncoder>(audio, profile_for(audio, format, container), muxer);
}

ClipAudio::~ClipAudio() = default;

void ClipAudio::consume(const AVPacket& packet) {
  if (packet.pts == AV_NOPTS_VALUE && !next_pts_) return;
  if (encoder_ == nullptr) return copy(packet);
  const std::int64_t pts = rescale(packet.pts, from_av(source_.audio_stream()->time_base), sample_base_);
  const auto lead = static_cast<std::int64_t>(sound_lead_seconds / to_seconds(1, sample_base_));
  if (packet.pts != AV_NOPTS_VALUE && pts >= end_) has_ended_ = true;
  if (!has_ended_ && pts >= begin_ - lead) decode(&packet);
}

void ClipAudio::copy(const AVPacket& packet) {
  const Rational base = from_av(source_.audio_stream()->time_base);
  const std::int64_t frame = source_.audio_stream()->codecpar->frame_size;
  std::int64_t pts = packet.pts != AV_NOPTS_VALUE ? rescale(packet.pts, base, sample_base_) : *next_pts_;
  const std::int64_t duration = frame > 0 ? frame : rescale(packet.duration, base, sample_base_);
  // Containers that count milliseconds round; the samples follow each other without a gap.
  const std::int64_t rounding = rescale(1, base, sample_base_) + 1;
  if (next_pts_ && std::abs(pts - *next_pts_) <= rounding) pts = *next_pts_;
  next_pts_ = pts + duration;
  if (pts >= end_) {
    has_ended_ = true;
    return;
  }
  if (pts + duration <= begin_ - lead_) return;
  write_held();
  check_av(av_packet_ref(held_.get(), &packet), "export a clip");
  held_->pts = pts - begin_;
  held_->dts = held_->pts;
  held_->duration = std::min(duration, end_ - pts);
  has_held_ = true;
}

void ClipAudio::write_held() {
  if (!has_held_) return;
  has_held_ = false;
  muxer_.write(*held_, track_, sample_base_);
}

void ClipAudio::decode(const AVPacket* packet) {
  decoder_->send(packet);
  while (AVFrame* samples = decoder_->receive()) encode(*samples);
}

void ClipAudio::encode(const AVFrame& samples) {
  const Rational base = from_av(source_.audio_stream()->time_base);
  std::int64_t pts = next_sample_.value_or(begin_);
  if (samples.best_effort_timestamp != AV_NOPTS_VALUE) {
    const std::int64_t stated = rescale(samples.best_effort_timestamp, base, sample_base_);
    const std::int64_t rounding = rescale(1, base, sample_base_) + 1;
    if (!next_sample_ || std::abs(stated - *next_sample_) > rounding) pts = stated;
  }
  next_sample_ = pts + samples.nb_samples;
  const std::int64_t first = std::max(pts, begin_);
  const std::int64_t last = std::min(pts + samples.nb_samples, end_);
  if (first >= last) return;
  UniqueFrame cut = cut_samples(samples, static_cast<int>(first - pts), static_cast<int>(last - first));
  cut->pts = first - begin_;
  encoder_->consume({.decoded = *cut,
                     .samples = {},
                     .channels = cut->ch_layout.nb_channels,
                     .sample_rate = cut->sample_rate,
                     .start_seconds = to_seconds(cut->pts, sample_base_)});
}

void ClipAudio::finish() {
  if (encoder_) {
    decode(nullptr);
    encoder_->finish();
  }
  write_held();
}

}  // namespace heaters::media

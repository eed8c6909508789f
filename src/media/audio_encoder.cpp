#include "media/audio_encoder.h"

#include <fmt/format.h>

#include <new>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace heaters::media {

namespace {

// AAC knows these rates (ISO/IEC 14496-3); browsers play up to 48 kHz everywhere.
int output_rate(AudioProfile::Codec codec, int source_rate) {
  if (codec != AudioProfile::Codec::Aac) return source_rate;
  constexpr std::array rates = {8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000};
  return std::find(rates.begin(), rates.end(), source_rate) != rates.end() ? source_rate : 48000;
}

// How samples are kept.
enum class Depth { Bits16, Bits24, Float };

Depth depth_of(const AudioStreamInfo& audio, const AudioProfile& profile) {
  if (profile.keeps_precision && audio.bits == 0) {
    return profile.codec == AudioProfile::Codec::Pcm ? Depth::Float : Depth::Bits24;
  }
  return audio.bits > 16 ? Depth::Bits24 : Depth::Bits16;
}

AVCodecID codec_id(const AudioProfile& profile, Depth depth) {
  switch (profile.codec) {
    case AudioProfile::Codec::Flac:
      return AV_CODEC_ID_FLAC;
    case AudioProfile::Codec::Pcm:
      return depth == Depth::Float    ? AV_CODEC_ID_PCM_F32LE
             : depth == Depth::Bits24 ? AV_CODEC_ID_PCM_S24LE
                                      : AV_CODEC_ID_PCM_S16LE;
    case AudioProfile::Codec::Aac:
      break;
  }
  return AV_CODEC_ID_AAC;
}

AVSampleFormat sample_format(const AudioProfile& profile, Depth depth) {
  if (profile.codec == AudioProfile::Codec::Aac) return AV_SAMPLE_FMT_FLTP;
  return depth == Depth::Float    ? AV_SAMPLE_FMT_FLT
         : depth == Depth::Bits24 ? AV_SAMPLE_FMT_S32
                                  : AV_SAMPLE_FMT_S16;
}

UniqueCodecContext open_encoder(const AudioStreamInfo& audio, const AudioProfile& profile) {
  const Depth depth = depth_of(audio, profile);
  const AVCodec* codec = avcodec_find_encoder(codec_id(profile, depth));
  if (codec == nullptr) throw std::bad_alloc();
  UniqueCodecContext encoder(avcodec_alloc_context3(codec));
  if (encoder == nullptr) throw std::bad_alloc();
  const int channels = std::min(audio.channels, profile.max_channels);
  encoder->sample_rate = output_rate(profile.codec, audio.sample_rate);
  encoder->sample_fmt = sample_format(profile, depth);
  if (encoder->sample_fmt == AV_SAMPLE_FMT_S32) encoder->bits_per_raw_sample = 24;
  av_channel_layout_default(&encoder->ch_layout, channels);
  if (profile.codec == AudioProfile::Codec::Aac)
    encoder->bit_rate = std::int64_t{profile.bit_rate} * channels / 2;
  encoder->time_base = {1, encoder->sample_rate};
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  check_av(avcodec_open2(encoder.get(), codec, nullptr), fmt::format("open the encoder {}", codec->name));
  return encoder;
}

std::string layout_text(const AVChannelLayout& layout) {
  std::array<char, 128> text{};
  check_av(av_channel_layout_describe(&layout, text.data(), text.size()), "describe a channel layout");
  return text.data();
}

// Whether it is known where the channels belong. There is no usual order for nine channels, say: then the
// first two are taken for left and right.
bool has_known_layout(const AVFrame& frame) {
  if (frame.ch_layout.order != AV_CHANNEL_ORDER_UNSPEC) return true;
  AVChannelLayout usual;
  av_channel_layout_default(&usual, frame.ch_layout.nb_channels);
  return usual.order != AV_CHANNEL_ORDER_UNSPEC;
}

}  // namespace

AudioEncoder::AudioEncoder(const AudioStreamInfo& audio, const AudioProfile& profile, Muxer& muxer)
    : source_time_base_(audio.time_base),
      encoder_(open_encoder(audio, profile)),
      filters_(
          [encoder = encoder_.get()](const AVFrame& frame) {
            return fmt::format(
                "{}aresample=async=1,aformat=sample_fmts={}:sample_rates={}:channel_layouts={}",
                has_known_layout(frame) ? "" : "pan=stereo|c0=c0|c1=c1,",
                av_get_sample_fmt_name(encoder->sample_fmt), encoder->sample_rate,
                layout_text(encoder->ch_layout));
          },
          from_av(encoder_->time_base)),
      muxer_(muxer),
      stream_(muxer.add_encoded_stream(*encoder_)) {
  filters_.set_audio_frame_samples(encoder_->frame_size);
}

void AudioEncoder::consume(const AudioBlock& block) {
  check_av(av_frame_ref(input_.get(), &block.decoded), "encode audio");
  // The graph works in the encoder's time base.
  if (input_->pts != AV_NOPTS_VALUE) {
    input_->pts = rescale(input_->pts, source_time_base_, from_av(encoder_->time_base));
    leave_gap(input_->pts);
    end_pts_ =
        input_->pts + rescale(input_->nb_samples, {1, input_->sample_rate}, from_av(encoder_->time_base));
  }
  filters_.send(input_.get());
  av_frame_unref(input_.get());
  encode_filtered();
}

// Short gaps become silence in the filters. A long one would be hours of it in memory: the filters start
// anew, and the times in the file say that there is nothing.
void AudioEncoder::leave_gap(std::int64_t pts) {
  constexpr std::int64_t longest_silence_seconds = 5;
  if (end_pts_ && pts - *end_pts_ > longest_silence_seconds * encoder_->sample_rate) filters_.restart();
}

void AudioEncoder::finish() {
  filters_.send(nullptr);
  encode_filtered();
  muxer_.encode(*encoder_, nullptr, stream_);
}

void AudioEncoder::encode_filtered() {
  while (AVFrame* samples = filters_.receive()) muxer_.encode(*encoder_, samples, stream_);
}

}  // namespace heaters::media

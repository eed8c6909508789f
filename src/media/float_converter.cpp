#include "media/float_converter.h"

namespace heaters::media {

std::span<const float> FloatConverter::convert(const AVFrame& frame) {
  configure(frame);
  const int channels = frame.ch_layout.nb_channels;
  samples_.resize(static_cast<std::size_t>(frame.nb_samples) * static_cast<std::size_t>(channels));
  auto* out = static_cast<std::uint8_t*>(static_cast<void*>(samples_.data()));
  const int count = swr_convert(resampler_.get(), &out, frame.nb_samples,
                                const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
  check_av(count, "convert audio samples");
  return std::span(samples_).first(static_cast<std::size_t>(count) * static_cast<std::size_t>(channels));
}

void FloatConverter::configure(const AVFrame& frame) {
  if (resampler_ && frame.format == format_ && frame.ch_layout.nb_channels == channels_ &&
      frame.sample_rate == rate_) {
    return;
  }
  format_ = frame.format;
  channels_ = frame.ch_layout.nb_channels;
  rate_ = frame.sample_rate;
  AVChannelLayout layout;
  av_channel_layout_default(&layout, channels_);
  SwrContext* made = nullptr;
  const int code = swr_alloc_set_opts2(&made, &layout, AV_SAMPLE_FMT_FLT, rate_, &layout,
                                       static_cast<AVSampleFormat>(format_), rate_, 0, nullptr);
  resampler_.reset(made);
  check_av(code, "convert audio samples");
  check_av(swr_init(resampler_.get()), "convert audio samples");
}

}  // namespace heaters::media

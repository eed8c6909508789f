#include "media/sound_offset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace heaters::media {

namespace {

std::size_t count_of(double seconds) {
  return static_cast<std::size_t>(std::clamp(seconds, 0.0, SoundBeginning::longest_seconds) *
                                  SoundBeginning::rate);
}

double likeness(std::span<const float> a, std::span<const float> b) {
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += double{a[i]} * double{b[i]};
    aa += double{a[i]} * double{a[i]};
    bb += double{b[i]} * double{b[i]};
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

}  // namespace

SoundBeginning::SoundBeginning(const Demuxer& file, double start_seconds, double seconds)
    : time_base_(file.info().audio->time_base),
      sample_rate_(std::max(1, file.info().audio->sample_rate)),
      start_seconds_(start_seconds),
      decoder_(*file.audio_stream(), Deblocking::All, fmt::format("decode \"{}\"", file.path().string())),
      samples_(count_of(seconds)),
      counts_(samples_.size()) {}

void SoundBeginning::decode(const AVPacket* packet) {
  if (is_complete_) return;
  decoder_.send(packet);
  while (const AVFrame* frame = decoder_.receive()) add(*frame);
  if (packet != nullptr && !is_complete_) return;
  is_complete_ = true;
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    if (counts_[i] > 0) samples_[i] /= counts_[i];
  }
}

void SoundBeginning::add(const AVFrame& frame) {
  const int channels = frame.ch_layout.nb_channels;
  if (is_complete_ || frame.sample_rate <= 0 || channels <= 0) return;
  double seconds = next_seconds_.value_or(start_seconds_);
  if (frame.best_effort_timestamp != AV_NOPTS_VALUE) {
    // Containers that count milliseconds round; the samples follow each other without a gap.
    const double stated = to_seconds(frame.best_effort_timestamp, time_base_);
    const double rounding = to_seconds(1, time_base_) + 1.0 / frame.sample_rate;
    if (!next_seconds_ || std::abs(stated - seconds) > rounding) seconds = stated;
  }
  next_seconds_ = seconds + static_cast<double>(frame.nb_samples) / frame.sample_rate;
  const auto floats = floats_.convert(frame);
  const auto step = static_cast<std::size_t>(channels);
  for (std::size_t sample = 0; (sample + 1) * step <= floats.size(); ++sample) {
    const double at = seconds + static_cast<double>(sample) / frame.sample_rate;
    const double index = std::floor((at - start_seconds_) * rate);
    if (index < 0) continue;
    if (index >= static_cast<double>(samples_.size())) {
      is_complete_ = true;
      break;
    }
    float sum = 0;
    for (const float each : floats.subspan(sample * step, step)) sum += each;
    samples_[static_cast<std::size_t>(index)] += sum;
    counts_[static_cast<std::size_t>(index)] += 1;
  }
}

bool SoundBeginning::is_audible() const {
  constexpr float least = 1e-3F;
  return std::any_of(samples_.begin(), samples_.end(), [](float each) { return std::abs(each) > least; });
}

std::optional<double> sound_offset(const SoundBeginning& a, const SoundBeginning& b) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(a.samples().size(), b.samples().size()));
  const std::span<const float> first(a.samples());
  const std::span<const float> second(b.samples());
  const auto farthest =
      std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(SoundBeginning::rate / 10), count / 4);
  double best = 0;
  std::ptrdiff_t shift = 0;
  // From the middle outwards: of equal likenesses (a pure tone) the nearest counts.
  for (std::ptrdiff_t step = 0; step <= 2 * farthest; ++step) {
    const std::ptrdiff_t lag = step % 2 == 0 ? step / 2 : -(step + 1) / 2;
    const std::ptrdiff_t length = count - std::abs(lag);
    if (length <= 0) continue;
    const auto size = static_cast<std::size_t>(length);
    const double found =
        likeness(first.subspan(static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, -lag)), size),
                 second.subspan(static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, lag)), size));
    // Lossy sound is never quite alike, and a shift of a hum by its period may be a little more so.
    constexpr double noticeable = 0.02;
    if (found > best + noticeable) {
      best = found;
      shift = lag;
    }
  }
  constexpr double least_likeness = 0.5;
  if (best < least_likeness) return std::nullopt;
  return static_cast<double>(shift) / SoundBeginning::rate;
}

}  // namespace heaters::media

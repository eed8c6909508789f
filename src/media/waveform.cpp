#include "media/waveform.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace heaters::media {

namespace {

constexpr int pixels_per_second = 50;

std::int8_t to_peak(float sample) {
  // A damaged stream can decode to NaN.
  if (!(sample > -1.0F)) return sample <= -1.0F ? std::int8_t{-128} : std::int8_t{0};
  return static_cast<std::int8_t>(std::lround(std::min(sample, 1.0F) * 127.0F));
}

void put_little_endian(std::vector<std::byte>& bytes, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::byte>(value >> shift));
}

}  // namespace

void WaveformSink::consume(const AudioBlock& block) {
  if (!start_seconds_) {
    start_seconds_ = block.start_seconds;
    sample_rate_ = block.sample_rate;
    samples_per_pixel_ = std::max(1, sample_rate_ / pixels_per_second);
  }
  fill_gap(block.start_seconds);
  const auto channels = static_cast<std::size_t>(block.channels);
  for (std::size_t i = 0; i + channels <= block.samples.size(); i += channels) {
    float sum = 0;
    for (std::size_t channel = 0; channel < channels; ++channel) sum += block.samples[i + channel];
    const float mean = sum / static_cast<float>(channels);
    low_ = std::min(low_, mean);
    high_ = std::max(high_, mean);
    if (++samples_in_pixel_ >= samples_per_pixel_) close_pixel();
  }
}

// Small differences are rounding; a timestamp must not make us draw days of silence.
void WaveformSink::fill_gap(double start_seconds) {
  constexpr double shortest_gap_seconds = 0.1;
  constexpr std::size_t most_points = std::size_t{24} * 3600 * pixels_per_second;
  const double pixel_seconds = static_cast<double>(samples_per_pixel_) / sample_rate_;
  const double drawn = static_cast<double>(peaks_.size()) / 2 * pixel_seconds;
  const double gap = start_seconds - *start_seconds_ - drawn;
  if (gap < shortest_gap_seconds || gap / pixel_seconds > static_cast<double>(most_points)) return;
  close_pixel();
  const std::size_t points = peaks_.size() / 2 + static_cast<std::size_t>(gap / pixel_seconds);
  if (points <= most_points) peaks_.resize(2 * points, 0);
}

void WaveformSink::close_pixel() {
  if (samples_in_pixel_ == 0) return;
  peaks_.push_back(to_peak(low_));
  peaks_.push_back(to_peak(high_));
  samples_in_pixel_ = 0;
  low_ = high_ = 0;
}

void WaveformSink::finish() {
  close_pixel();
}

std::vector<std::byte> WaveformSink::encode() const {
  if (peaks_.empty()) return {};
  std::vector<std::byte> bytes;
  put_little_endian(bytes, 1);  // version
  put_little_endian(bytes, 1);  // flags: 8 bit
  put_little_endian(bytes, static_cast<std::uint32_t>(sample_rate_));
  put_little_endian(bytes, static_cast<std::uint32_t>(samples_per_pixel_));
  put_little_endian(bytes, static_cast<std::uint32_t>(peaks_.size() / 2));
  const auto peaks = std::as_bytes(std::span(peaks_));
  bytes.insert(bytes.end(), peaks.begin(), peaks.end());
  return bytes;
}

}  // namespace heaters::media

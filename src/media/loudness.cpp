#include "media/loudness.h"

#include <ebur128.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace heaters::media {

struct LoudnessSink::Meter {
  ebur128_state* state;
  unsigned channels;
  unsigned long rate;

  Meter(unsigned channel_count, unsigned long sample_rate)
      : state(ebur128_init(
            channel_count, sample_rate,
            EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_SAMPLE_PEAK | EBUR128_MODE_HISTOGRAM)),
        channels(channel_count),
        rate(sample_rate) {}
  ~Meter() {
    if (state != nullptr) ebur128_destroy(&state);
  }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;
};

LoudnessSink::LoudnessSink() = default;
LoudnessSink::~LoudnessSink() = default;

void LoudnessSink::consume(const AudioBlock& block) {
  const auto channels = static_cast<unsigned>(block.channels);
  const auto rate = static_cast<unsigned long>(block.sample_rate);
  // libebur128 allocates three seconds of all channels, and the header may claim any number of them.
  constexpr unsigned most_channels = 24;
  constexpr unsigned long highest_rate = 384'000;
  if (channels > most_channels || rate > highest_rate) return;
  if (!meter_) meter_ = std::make_unique<Meter>(channels, rate);
  // A rate or channel count beyond what R128 is defined for.
  if (meter_->state == nullptr) return;
  if (meter_->channels != channels || meter_->rate != rate) {
    if (ebur128_change_parameters(meter_->state, channels, rate) == EBUR128_ERROR_NOMEM) return;
    meter_->channels = channels;
    meter_->rate = rate;
  }
  HEATERS_CHECK(ebur128_add_frames_float(meter_->state, block.samples.data(),
                                         block.samples.size() / channels) == EBUR128_SUCCESS);
}

void LoudnessSink::finish() {
  if (!meter_ || meter_->state == nullptr) return;
  Loudness result;
  if (ebur128_loudness_global(meter_->state, &result.integrated_lufs) != EBUR128_SUCCESS) return;
  if (!std::isfinite(result.integrated_lufs)) return;
  if (ebur128_loudness_range(meter_->state, &result.range_lu) != EBUR128_SUCCESS) return;
  double peak = 0;
  for (unsigned channel = 0; channel < meter_->channels; ++channel) {
    double channel_peak = 0;
    if (ebur128_sample_peak(meter_->state, channel, &channel_peak) == EBUR128_SUCCESS) {
      peak = std::max(peak, channel_peak);
    }
  }
  result.sample_peak_dbfs = 20 * std::log10(std::max(peak, 1e-10));
  loudness_ = result;
}

}  // namespace heaters::media

#pragma once

#include <memory>
#include <optional>

#include "media/sinks.h"

namespace heaters::media {

// Of a whole programme, after EBU R128 / ITU-R BS.1770.
struct Loudness {
  double integrated_lufs = 0;
  double range_lu = 0;
  double sample_peak_dbfs = 0;
};

// Measures through libebur128, in histogram mode: memory does not grow with the length.
class LoudnessSink : public AudioSink {
 public:
  LoudnessSink();
  ~LoudnessSink() override;

  void consume(const AudioBlock& block) override;
  void finish() override;

  // nullopt without audio, or when it never rises above the gate of -70 LUFS.
  std::optional<Loudness> loudness() const { return loudness_; }

 private:
  struct Meter;
  std::unique_ptr<Meter> meter_;
  std::optional<Loudness> loudness_;
};

}  // namespace heaters::media

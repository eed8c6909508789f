#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/time.h"
#include "looks/look.h"

namespace heaters::looks {

// Looks of some frames of a video, by frame: five a second, and one behind every change of picture. So
// the look of any span of it can be told without decoding, also when people move its cuts.
struct LookTrack {
  struct Sample {
    FrameNumber frame = 0;
    Look look{};
    bool operator==(const Sample&) const = default;
  };

  std::vector<Sample> samples;

  // The mean over a span; of a span between two samples the one before it, and of a video without any, zero.
  Look look_of(FrameSpan span) const;

  // The form on disk, described in docs/formats.md: 257 bytes a sample.
  std::vector<std::byte> encode() const;
  // Throws Corrupt.
  static LookTrack decode(std::span<const std::byte> bytes);

  bool operator==(const LookTrack&) const = default;
};

}  // namespace heaters::looks

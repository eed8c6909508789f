#pragma once

#include <array>
#include <optional>

#include "shots/kernels.h"
#include "shots/observations.h"
#include "shots/small_picture.h"

namespace heaters::shots {

// Finds the boundaries between shots from small pictures, pushed in presentation order. Looks at a window of
// 64 frames, in which a flash is told from a cut by what the picture returns to, and a dissolve from motion
// by whether the pictures between are mixes of the ends. Keeps 64 small pictures and 20 bytes per frame. Not
// thread-safe; the result depends on the pictures only, not on the SIMD level.
class ShotDetector {
 public:
  explicit ShotDetector(SimdLevel level = best_simd_level()) : kernels_(kernels(level)) {}

  void push(const SmallPicture& picture);

  // Call once, after the last picture.
  ScoreCurve finish();

  float last_change() const { return observations_.frames.empty() ? 0 : observations_.frames.back().change; }

 private:
  FrameNumber pushed() const { return static_cast<FrameNumber>(observations_.frames.size()); }
  const SmallPicture& picture(FrameNumber frame) const;
  FrameObservation& observation(FrameNumber frame);
  float change_between(FrameNumber a, FrameNumber b) const;

  void examine(FrameNumber frame);
  bool is_blend(FrameNumber frame) const;
  bool returns_to_before(FrameNumber frame, float change) const;
  bool returned_from_before(FrameNumber frame, FrameNumber whole, float change) const;
  bool is_glare(FrameSpan span, FrameNumber reference) const;
  void look_for_dissolve();
  void follow_blank_run();
  void close_blank_run();

  static constexpr FrameNumber window = 64;

  const Kernels& kernels_;
  std::array<SmallPicture, window> ring_;
  Observations observations_;
  std::optional<FrameSpan> blank_;           // the run that the newest frame belongs to
  std::optional<FrameSpan> blank_to_close_;  // ended; waits for the picture after it to come up
};

}  // namespace heaters::shots

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "shots/cut_evidence.h"
#include "shots/detector.h"
#include "shots/gradual_evidence.h"
#include "shots/kernels.h"
#include "shots/observations.h"
#include "shots/picture_difference.h"
#include "shots/picture_window.h"
#include "shots/small_picture.h"

namespace heaters::shots {

// Hears what each window is decided by, from the last picture before the transition to the first after it.
using GradualListener =
    std::function<void(FrameNumber before, FrameNumber after, const GradualEvidence& evidence)>;

// Finds the boundaries between shots from small pictures, pushed in presentation order. Looks at a window of
// 96 frames, in which a flash is told from a cut by what the picture returns to, and a dissolve from motion
// by whether the pictures between are mixes of the ends. Keeps 96 small pictures and 24 bytes per frame. Not
// thread-safe; the result depends on the pictures only, not on the SIMD level.
class ShotDetector : public Detector {
 public:
  explicit ShotDetector(SimdLevel level = best_simd_level(), GradualListener listener = {})
      : kernels_(kernels(level)), listener_(std::move(listener)) {}

  void push(const SmallPicture& picture) override;
  ScoreCurve finish() override;
  ScoreCurve so_far() const override { return build_score_curve(observations_); }
  FrameNumber settled() const override;
  std::vector<std::string_view> statistic_names() const override;
  std::vector<float> statistics(FrameNumber frame) const override;

  // The newest picture stands for `frames` further ones, which nobody looks at: no boundary is within them or
  // at their end.
  void skip(FrameNumber frames);

  // The picture that comes `left_out` frames after the newest one, with no boundary on the way: what is
  // between is taken to be like the nearer of the two.
  void push_after(FrameNumber left_out, const SmallPicture& picture);

  // By frame, since the first; changes and scores are those of the pictures so far.
  const std::vector<FrameObservation>& frames() const { return observations_.frames; }

 private:
  enum class Darkness : std::uint8_t { None, Print, Black };

  FrameNumber pushed() const { return window_.end(); }
  FrameObservation& observation(FrameNumber frame);

  void take(const SmallPicture& next, bool is_judged);
  void take(const SmallPicture& next, const PictureDifference& difference, bool is_judged);

  void examine(FrameNumber frame);
  std::optional<CutEvidence> evidence_of(FrameNumber frame) const;
  bool is_blend(FrameNumber frame) const;
  void look_for_dissolves(FrameNumber after);
  bool has_stand_ins(FrameNumber before, FrameNumber after) const;
  void follow_blank_run();
  void follow_print(Darkness newest);
  void close_blank_run();
  bool is_same_scene(FrameNumber before, FrameNumber after, bool is_blink) const;

  const Kernels& kernels_;
  GradualListener listener_;
  PictureWindow window_;
  Observations observations_;
  bool follows_gap_ = false;
  std::optional<FrameSpan> flat_;            // the run of flat pictures that the newest frame belongs to
  bool is_blank_ = false;                    // one of them is black or white
  std::optional<FrameSpan> print_;           // the same of black ones with small print throughout
  bool is_title_ = false;                    // the newest shows print that came up from black
  std::optional<FrameSpan> blank_to_close_;  // ended; waits for the picture after it to come up
};

}  // namespace heaters::shots

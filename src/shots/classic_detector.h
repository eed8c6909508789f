#pragma once

#include <array>
#include <optional>
#include <vector>

#include "shots/detector.h"

namespace heaters::shots {

// The classic methods, after PySceneDetect's detectors of the same names (https://www.scenedetect.com/docs):
// their definitions and defaults, on pictures of 64 by 36 cells instead of whole ones. What they compare
// becomes a score that is 0.5 at their level. One float a frame and statistic.
class ClassicDetector : public Detector {
 public:
  // Of luma. PySceneDetect has 256 bins, which the cells of a small picture would leave nearly empty.
  using Histogram = std::array<float, 32>;

  // `method` is not Window; `level` is positive.
  ClassicDetector(Method method, float level);

  void push(const SmallPicture& picture) override;
  ScoreCurve finish() override;
  ScoreCurve so_far() const override;
  FrameNumber settled() const override;
  std::vector<std::string_view> statistic_names() const override;
  std::vector<float> statistics(FrameNumber frame) const override;

 private:
  struct Hsv {
    std::vector<std::uint8_t> h, s, v;
  };

  float value_of(const SmallPicture& picture);
  float content_value(const SmallPicture& picture);
  float hash_value(const SmallPicture& picture);
  float histogram_value(const SmallPicture& picture);
  std::vector<float> over_neighbours() const;
  ScoreCurve curve_of(const std::vector<float>& values) const;
  void find_fades(ScoreCurve& curve) const;

  Method method_;
  float level_;
  std::vector<float> values_;
  std::vector<float> ratios_;  // of Adaptive, after finish()
  std::optional<Hsv> previous_hsv_;
  std::optional<std::array<bool, 256>> previous_hash_;
  std::optional<Histogram> previous_histogram_;
};

}  // namespace heaters::shots

#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "shots/score_curve.h"
#include "shots/small_picture.h"

namespace heaters::shots {

// How boundaries are found. All but the first are the classic methods of the field, as PySceneDetect defines
// them, on small pictures.
enum class Method {
  Window,     // ShotDetector: ours
  Content,    // change of hue, saturation and brightness from frame to frame
  Adaptive,   // the same, over that of the frames around
  Hash,       // perceptual hash
  Histogram,  // correlation of luma histograms
  Threshold,  // fades: the brightness falls below a level and comes up again
};

// "window", "content", "adaptive", "hash", "histogram", "threshold".
std::string_view to_string(Method method);
// Throws InvalidInput.
Method parse_method(std::string_view name);

// Finds boundaries in pictures that are pushed in presentation order. Not thread-safe.
class Detector {
 public:
  virtual ~Detector() = default;
  virtual void push(const SmallPicture& picture) = 0;
  // Call once, after the last picture.
  virtual ScoreCurve finish() = 0;
  // What is known before that, and of which frames more pictures will change nothing: those before settled().
  virtual ScoreCurve so_far() const = 0;
  virtual FrameNumber settled() const = 0;
  // What is known of each frame, for people who look for the reason of a cut: names, and after finish()
  // values.
  virtual std::vector<std::string_view> statistic_names() const = 0;
  virtual std::vector<float> statistics(FrameNumber frame) const = 0;
};

// `level`: what a classic method compares with; its own default when 0. Not for Window.
std::unique_ptr<Detector> make_detector(Method method, float level = 0);

// PySceneDetect's: 27 for Content, 3 for Adaptive, 0.395 for Hash, 0.05 for Histogram, 12 for Threshold. 0
// for Window, which has none.
float default_level(Method method);

}  // namespace heaters::shots

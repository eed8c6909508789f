#pragma once

#include <optional>
#include <vector>

#include "looks/look_track.h"
#include "shots/small_picture.h"

namespace heaters::looks {

// Takes the looks of a video while its small pictures come by in presentation order. Keeps the pictures of
// the samples of one scene, at most scene_samples. Not thread-safe.
class LookRecorder {
 public:
  // `seconds` since the first frame; `change` is how much the picture changed from the frame before, 0 to 1.
  void push(const shots::SmallPicture& picture, double seconds, float change);

  // Call once, after the last picture.
  LookTrack finish();

 private:
  struct Waiting {
    FrameNumber frame;
    shots::SmallPicture picture;
    Motion motion;
  };

  void follow_motion(const shots::SmallPicture& picture);
  void sample(const shots::SmallPicture& picture, double seconds);
  Motion mean_motion() const;
  void end_scene();

  static constexpr std::size_t scene_samples = 64;

  LookTrack track_;
  BorderFinder borders_;
  std::vector<Waiting> waiting_;  // until the scene's borders are known
  FrameNumber frame_ = 0;
  std::optional<shots::SmallPicture> before_;
  Motion moved_{};  // sums since the scene's last sample
  int moved_frames_ = 0;
  std::optional<double> sampled_seconds_;
};

}  // namespace heaters::looks

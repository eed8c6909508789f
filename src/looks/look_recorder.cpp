#include "looks/look_recorder.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace heaters::looks {

namespace {

using shots::SmallPicture;

constexpr double seconds_between = 0.2;
constexpr double rounding = 0.001;  // of times in seconds
// From here on it is another picture. Lower than what makes a cut: a sample more does no harm.
constexpr float least_change = 0.3F;

}  // namespace

void LookRecorder::push(const SmallPicture& picture, double seconds, float change) {
  const bool is_new_scene = !before_ || change >= least_change;
  if (is_new_scene) end_scene();
  if (!is_new_scene) follow_motion(picture);
  borders_.add(picture);
  if (is_new_scene || seconds - *sampled_seconds_ >= seconds_between - rounding) sample(picture, seconds);
  before_ = picture;
  ++frame_;
}

void LookRecorder::follow_motion(const SmallPicture& picture) {
  constexpr std::size_t cell_width = SmallPicture::width / 4;
  constexpr std::size_t cell_height = SmallPicture::height / 4;
  for (std::size_t y = 0; y < SmallPicture::height; ++y) {
    for (std::size_t cell = 0; cell < 4; ++cell) {
      const std::size_t at = y * SmallPicture::width + cell * cell_width;
      int sum = 0;
      for (std::size_t x = at; x < at + cell_width; ++x)
        sum += std::abs(int{picture.y[x]} - int{before_->y[x]});
      moved_[y / cell_height * 4 + cell] += static_cast<float>(sum) / (cell_width * cell_height);
    }
  }
  ++moved_frames_;
}

void LookRecorder::sample(const SmallPicture& picture, double seconds) {
  Waiting next{.frame = frame_, .picture = picture, .motion = mean_motion()};
  // The first sample of a scene has no motion before it: it takes that of the time it begins.
  if (waiting_.size() == 1 && moved_frames_ > 0) waiting_.front().motion = next.motion;
  if (waiting_.size() == scene_samples) {
    end_scene();
    borders_.add(picture);
  }
  waiting_.push_back(next);
  moved_ = {};
  moved_frames_ = 0;
  sampled_seconds_ = seconds;
}

Motion LookRecorder::mean_motion() const {
  Motion mean = moved_;
  for (float& each : mean) each /= static_cast<float>(std::max(1, moved_frames_));
  return mean;
}

void LookRecorder::end_scene() {
  if (waiting_.size() == 1) waiting_.front().motion = mean_motion();
  const ContentBox content = borders_.content();
  for (const Waiting& each : waiting_) {
    track_.samples.push_back({each.frame, quantised(look_of(each.picture, content, each.motion))});
  }
  waiting_.clear();
  borders_.clear();
  moved_ = {};
  moved_frames_ = 0;
}

LookTrack LookRecorder::finish() {
  end_scene();
  return std::move(track_);
}

}  // namespace heaters::looks

#include "stages/shot_sink.h"

namespace heaters::stages {

void ShotSink::consume(const media::Frame& frame) {
  const shots::SmallPicture& picture = pictures_.read(frame);
  detector_.push(picture);
  if (!first_pts_) first_pts_ = frame.pts();
  recorder_.push(picture, to_seconds(frame.pts() - *first_pts_, time_base_),
                 detector_.frames().back().change);
}

void ShotSink::finish() {
  curve_ = detector_.finish();
  looks_ = recorder_.finish();
}

}  // namespace heaters::stages

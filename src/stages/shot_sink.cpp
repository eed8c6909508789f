#include "stages/shot_sink.h"

namespace heaters::stages {

void ShotSink::consume(const media::Frame& frame) {
  shrinker_.shrink(reader_.read(frame), picture_);
  detector_.push(picture_);
  if (!first_pts_) first_pts_ = frame.pts();
  recorder_.push(picture_, to_seconds(frame.pts() - *first_pts_, time_base_),
                 detector_.frames().back().change);
}

void ShotSink::finish() {
  curve_ = detector_.finish();
  looks_ = recorder_.finish();
}

}  // namespace heaters::stages

#include "stages/shot_sink.h"

namespace heaters::stages {

void ShotSink::consume(const media::Frame& frame) {
  shrinker_.shrink(reader_.read(frame), picture_);
  detector_.push(picture_);
}

void ShotSink::finish() {
  curve_ = detector_.finish();
}

}  // namespace heaters::stages

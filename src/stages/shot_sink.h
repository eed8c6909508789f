#pragma once

#include "media/sinks.h"
#include "media/yuv_reader.h"
#include "shots/shot_detector.h"
#include "shots/small_picture.h"

namespace heaters::stages {

// Feeds a media pass to the shot detector: the one place where frames become the numbers that shots are found
// in.
class ShotSink : public media::FrameSink {
 public:
  void consume(const media::Frame& frame) override;
  void finish() override;

  // After finish().
  const shots::ScoreCurve& curve() const { return curve_; }

 private:
  media::YuvReader reader_;
  shots::Shrinker shrinker_;
  shots::SmallPicture picture_;
  shots::ShotDetector detector_;
  shots::ScoreCurve curve_;
};

}  // namespace heaters::stages

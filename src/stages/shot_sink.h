#pragma once

#include "base/time.h"
#include "looks/look_recorder.h"
#include "media/sinks.h"
#include "shots/shot_detector.h"
#include "stages/small_picture_reader.h"

namespace heaters::stages {

// Feeds a media pass to the shot detector and to the recorder of looks: the one place where frames become the
// numbers that shots are found in and clips are searched by.
class ShotSink : public media::FrameSink {
 public:
  // `time_base` of the frames' pts.
  explicit ShotSink(Rational time_base) : time_base_(time_base) {}

  void consume(const media::Frame& frame) override;
  void finish() override;

  // After finish().
  const shots::ScoreCurve& curve() const { return curve_; }
  const looks::LookTrack& looks() const { return looks_; }

 private:
  Rational time_base_;
  SmallPictureReader pictures_;
  shots::ShotDetector detector_;
  shots::ScoreCurve curve_;
  looks::LookRecorder recorder_;
  looks::LookTrack looks_;
  std::optional<std::int64_t> first_pts_;
};

}  // namespace heaters::stages

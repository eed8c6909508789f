#pragma once

#include <memory>
#include <utility>

#include "media/sinks.h"
#include "shots/detector.h"
#include "stages/small_picture_reader.h"

namespace heaters::stages {

// Feeds a media pass to a detector of shots, and to nothing else.
class DetectorSink : public media::FrameSink {
 public:
  explicit DetectorSink(std::unique_ptr<shots::Detector> detector) : detector_(std::move(detector)) {}

  void consume(const media::Frame& frame) override { detector_->push(pictures_.read(frame)); }
  void finish() override { curve_ = detector_->finish(); }

  const shots::Detector& detector() const { return *detector_; }
  // After finish().
  const shots::ScoreCurve& curve() const { return curve_; }

 private:
  std::unique_ptr<shots::Detector> detector_;
  SmallPictureReader pictures_;
  shots::ScoreCurve curve_;
};

}  // namespace heaters::stages

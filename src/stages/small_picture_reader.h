#pragma once

#include "media/frame.h"
#include "media/yuv_reader.h"
#include "shots/small_picture.h"

namespace heaters::stages {

// Shows a decoded frame as the small picture that shots are found in and looks are taken from. Not
// thread-safe.
class SmallPictureReader {
 public:
  // Until the next call.
  const shots::SmallPicture& read(const media::Frame& frame) {
    shrinker_.shrink(yuv_.read(frame), picture_);
    return picture_;
  }

 private:
  media::YuvReader yuv_;
  shots::Shrinker shrinker_;
  shots::SmallPicture picture_;
};

}  // namespace heaters::stages

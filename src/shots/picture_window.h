#pragma once

#include <array>

#include "base/check.h"
#include "base/time.h"
#include "shots/small_picture.h"

namespace heaters::shots {

// The newest pictures of a video, by frame number.
class PictureWindow {
 public:
  static constexpr FrameNumber length = 96;

  void push(const SmallPicture& picture) { ring_[static_cast<std::size_t>(end_++ % length)] = picture; }

  FrameNumber begin() const { return end_ < length ? 0 : end_ - length; }
  FrameNumber end() const { return end_; }  // frames pushed

  const SmallPicture& operator[](FrameNumber frame) const {
    HEATERS_CHECK(begin() <= frame && frame < end_);
    return ring_[static_cast<std::size_t>(frame % length)];
  }

 private:
  std::array<SmallPicture, length> ring_;
  FrameNumber end_ = 0;
};

}  // namespace heaters::shots

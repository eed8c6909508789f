#pragma once

#include <cstdint>
#include <memory>

#include "base/time.h"

struct AVFrame;

namespace heaters::media {

// One decoded picture of the source's video stream. Immutable; the pixels are reference-counted, so that
// share() costs no copy and may go to another thread.
class Frame {
 public:
  // Refers to the pixels of `decoded`, adding a reference. `pts` is in ticks of the stream's time base, and
  // strictly larger than that of the frame before.
  Frame(const AVFrame& decoded, FrameNumber number, std::int64_t pts);
  ~Frame();
  Frame(Frame&&) noexcept;
  Frame& operator=(Frame&&) noexcept;

  Frame share() const;

  FrameNumber number() const { return number_; }
  std::int64_t pts() const { return pts_; }
  bool is_keyframe() const;
  // A B frame: the kind that no other frame may depend on.
  bool is_bidirectional() const;
  std::int64_t packet_offset() const;  // bytes into the file; -1 when the container does not tell
  std::int64_t packet_bytes() const;
  int width() const;
  int height() const;

  // For the code of this folder.
  const AVFrame& av() const { return *frame_; }

 private:
  struct Free {
    void operator()(AVFrame* frame) const;
  };
  std::unique_ptr<AVFrame, Free> frame_;
  FrameNumber number_;
  std::int64_t pts_;
};

}  // namespace heaters::media

#include "media/frame.h"

#include <new>

#include "base/check.h"
#include "media/av.h"

namespace heaters::media {

Frame::Frame(const AVFrame& decoded, FrameNumber number, std::int64_t pts)
    : frame_(av_frame_clone(&decoded)), number_(number), pts_(pts) {
  if (frame_ == nullptr) throw std::bad_alloc();
  frame_->pts = pts;
}

Frame::~Frame() = default;
Frame::Frame(Frame&&) noexcept = default;
Frame& Frame::operator=(Frame&&) noexcept = default;

void Frame::Free::operator()(AVFrame* frame) const {
  av_frame_free(&frame);
}

Frame Frame::share() const {
  return {*frame_, number_, pts_};
}

bool Frame::is_keyframe() const {
  return frame_->key_frame != 0;
}
bool Frame::is_bidirectional() const {
  return frame_->pict_type == AV_PICTURE_TYPE_B;
}
std::int64_t Frame::packet_offset() const {
  return frame_->pkt_pos;
}
std::int64_t Frame::packet_bytes() const {
  return frame_->pkt_size;
}
int Frame::width() const {
  return frame_->width;
}
int Frame::height() const {
  return frame_->height;
}

}  // namespace heaters::media

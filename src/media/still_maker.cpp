#include "media/still_maker.h"

#include "base/error.h"
#include "media/picture_filter.h"

namespace heaters::media {

namespace {
// A still is one frame on its own: deinterlacing, which looks at neighbours, would hold it back.
VideoStreamInfo as_progressive(VideoStreamInfo video) {
  video.is_interlaced = false;
  return video;
}
}  // namespace

StillMaker::StillMaker(const VideoStreamInfo& video, PictureSize size, const std::string& then)
    : size_(size),
      filters_(
          [video = as_progressive(video), size, then](const AVFrame& frame) {
            return picture_filter(video, frame, size, PictureUse::Jpeg) + then;
          },
          video.time_base) {}

const AVFrame& StillMaker::make(const Frame& frame) {
  filters_.send(&frame.av());
  const AVFrame* picture = filters_.receive();
  if (picture == nullptr) throw Error(ErrorKind::Internal, "make a still: the filters gave no picture");
  return *picture;
}

}  // namespace heaters::media

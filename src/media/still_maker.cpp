#include "media/still_maker.h"

#include "base/check.h"
#include "media/picture_filter.h"

namespace heaters::media {

namespace {
// A still is one frame on its own: deinterlacing, which looks at neighbours, would hold it back.
VideoStreamInfo as_progressive(VideoStreamInfo video) {
  video.is_interlaced = false;
  return video;
}
}  // namespace

StillMaker::StillMaker(const VideoStreamInfo& video, PictureSize size)
    : size_(size),
      filters_([video = as_progressive(video),
                size](const AVFrame& frame) { return picture_filter(video, frame, size, PictureUse::Jpeg); },
               video.time_base) {}

const AVFrame& StillMaker::make(const Frame& frame) {
  filters_.send(&frame.av());
  const AVFrame* picture = filters_.receive();
  HEATERS_CHECK(picture != nullptr);
  return *picture;
}

}  // namespace heaters::media

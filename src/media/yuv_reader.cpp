#include "media/yuv_reader.h"

#include <algorithm>

#include "base/check.h"
#include "media/av.h"

namespace heaters::media {

namespace {

// Every component in a plane of its own, samples in the low bits, native byte order.
bool is_planar_yuv(const AVPixFmtDescriptor& format) {
  constexpr std::uint64_t excluded = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                                     AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BE;
  if ((format.flags & excluded) != 0) return false;
  const int planes = std::min<int>(format.nb_components, 3);
  for (int i = 0; i < planes; ++i) {
    const AVComponentDescriptor& component = format.comp[i];
    const int sample_bytes = component.depth > 8 ? 2 : 1;
    if (component.plane != i || component.step != sample_bytes || component.shift != 0 ||
        component.offset != 0 || component.depth > 16 || component.depth < 8) {
      return false;
    }
  }
  return format.nb_components == 1 || format.nb_components >= 3;
}

YuvPicture borrow(const AVFrame& frame, const AVPixFmtDescriptor& format) {
  YuvPicture picture;
  picture.bit_depth = format.comp[0].depth;
  picture.y = {frame.data[0], frame.linesize[0], frame.width, frame.height};
  if (format.nb_components >= 3) {
    const int width = AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w);
    const int height = AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h);
    picture.u = {frame.data[1], frame.linesize[1], width, height};
    picture.v = {frame.data[2], frame.linesize[2], width, height};
  }
  return picture;
}

}  // namespace

class YuvReader::Converter {
 public:
  YuvPicture convert(const AVFrame& frame) {
    if (!scaler_ || frame.format != format_ || frame.width != width_ || frame.height != height_)
      configure(frame);
    sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, converted_->data,
              converted_->linesize);
    return borrow(*converted_, *av_pix_fmt_desc_get(AV_PIX_FMT_YUV420P));
  }

 private:
  void configure(const AVFrame& frame) {
    constexpr int largest_width = 320;
    constexpr int largest_height = 180;
    format_ = frame.format;
    width_ = frame.width;
    height_ = frame.height;
    av_frame_unref(converted_.get());
    converted_->format = AV_PIX_FMT_YUV420P;
    converted_->width = std::min(frame.width, largest_width);
    converted_->height = std::min(frame.height, largest_height);
    check_av(av_frame_get_buffer(converted_.get(), 0), "convert a picture to YUV");
    scaler_.reset(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format),
                                 converted_->width, converted_->height, AV_PIX_FMT_YUV420P, SWS_AREA, nullptr,
                                 nullptr, nullptr));
    if (!scaler_)
      throw Error(ErrorKind::Unsupported, "convert a picture to YUV: its pixel format is not known");
  }

  UniqueScaler scaler_;
  UniqueFrame converted_ = make_frame();
  int format_ = -1;
  int width_ = 0;
  int height_ = 0;
};

YuvReader::YuvReader() : converter_(std::make_unique<Converter>()) {}
YuvReader::~YuvReader() = default;

YuvPicture YuvReader::read(const Frame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.av().format));
  HEATERS_CHECK(format != nullptr);
  return is_planar_yuv(*format) ? borrow(frame.av(), *format) : converter_->convert(frame.av());
}

}  // namespace heaters::media

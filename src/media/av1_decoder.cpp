#include "media/av1_decoder.h"

#include <cstring>
#include <new>
#include <utility>

#include "media/demuxer.h"

namespace heaters::media {

namespace {

AVPixelFormat format_of(const Dav1dPicture& picture) {
  constexpr int depths = 3;  // 8, 10, 12 bits
  static constexpr AVPixelFormat formats[][depths] = {
      {AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY10, AV_PIX_FMT_GRAY12},
      {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10, AV_PIX_FMT_YUV420P12},
      {AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV422P12},
      {AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P10, AV_PIX_FMT_YUV444P12}};
  const bool is_rgb =
      picture.p.layout == DAV1D_PIXEL_LAYOUT_I444 && picture.seq_hdr->mtrx == DAV1D_MC_IDENTITY;
  return is_rgb ? AV_PIX_FMT_NONE : formats[picture.p.layout][(picture.p.bpc - 8) / 2];
}

struct FreePicture {
  void operator()(Dav1dPicture* picture) const {
    dav1d_picture_unref(picture);
    delete picture;
  }
};
using UniquePicture = std::unique_ptr<Dav1dPicture, FreePicture>;

void free_picture(void* picture, std::uint8_t* /*data*/) {
  FreePicture()(static_cast<Dav1dPicture*>(picture));
}

// The frame owns the picture from now on.
void wrap(UniquePicture picture, AVPixelFormat format, AVFrame& frame) {
  av_frame_unref(&frame);
  frame.format = format;
  frame.width = picture->p.w;
  frame.height = picture->p.h;
  frame.pts = picture->m.timestamp;
  frame.best_effort_timestamp = picture->m.timestamp;
  frame.key_frame = picture->frame_hdr->frame_type == DAV1D_FRAME_TYPE_KEY ? 1 : 0;
  frame.color_range = picture->seq_hdr->color_range != 0 ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  const int planes = picture->p.layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3;
  for (int i = 0; i < planes; ++i) {
    frame.data[i] = static_cast<std::uint8_t*>(picture->data[i]);
    frame.linesize[i] = static_cast<int>(picture->stride[i == 0 ? 0 : 1]);
  }
  // The size is of no meaning: the planes are not in a row.
  frame.buf[0] = av_buffer_create(frame.data[0], 1, free_picture, picture.get(), AV_BUFFER_FLAG_READONLY);
  if (frame.buf[0] == nullptr) throw std::bad_alloc();
  static_cast<void>(picture.release());  // the buffer's
}

}  // namespace

void UnfilteredAv1Decoder::Close::operator()(Dav1dContext* context) const {
  dav1d_close(&context);
}

UnfilteredAv1Decoder::UnfilteredAv1Decoder() {
  Dav1dSettings settings;
  dav1d_default_settings(&settings);
  settings.n_threads = 1;
  settings.max_frame_delay = 1;
  settings.apply_grain = 0;
  settings.all_layers = 0;
  settings.frame_size_limit = static_cast<unsigned>(max_pixels);
  settings.inloop_filters = DAV1D_INLOOPFILTER_NONE;
  settings.logger.callback = nullptr;
  Dav1dContext* context = nullptr;
  if (const int code = dav1d_open(&context, &settings); code != 0)
    check_av(AVERROR(-code), "start a decoder of AV1");
  context_.reset(context);
}

UnfilteredAv1Decoder::~UnfilteredAv1Decoder() {
  dav1d_data_unref(&pending_);
}

void UnfilteredAv1Decoder::send(const AVPacket* packet) {
  if (packet == nullptr || packet->size <= 0) return;  // nothing is kept back
  dav1d_data_unref(&pending_);
  std::uint8_t* const bytes = dav1d_data_create(&pending_, static_cast<std::size_t>(packet->size));
  if (bytes == nullptr) throw std::bad_alloc();
  std::memcpy(bytes, packet->data, static_cast<std::size_t>(packet->size));
  pending_.m.timestamp = packet->pts;
  push_pending();
}

// As much as the decoder takes before a frame is received.
void UnfilteredAv1Decoder::push_pending() {
  while (pending_.sz > 0) {
    const int code = dav1d_send_data(context_.get(), &pending_);
    if (code == DAV1D_ERR(EAGAIN)) return;
    if (code < 0) {
      ++errors_;
      dav1d_data_unref(&pending_);
    }
  }
}

AVFrame* UnfilteredAv1Decoder::receive() {
  // A decoder that only ever answers with errors must not hold us for ever.
  constexpr std::int64_t most_errors = 1000;
  for (const std::int64_t before = errors_; errors_ < before + most_errors;) {
    UniquePicture picture(new Dav1dPicture{});
    const int code = dav1d_get_picture(context_.get(), picture.get());
    if (code == DAV1D_ERR(EAGAIN)) {
      if (pending_.sz == 0) return nullptr;
      // A decoder that neither gives nor takes must not hold us for ever.
      const std::size_t left = pending_.sz;
      push_pending();
      if (pending_.sz == left) {
        ++errors_;
        dav1d_data_unref(&pending_);
        return nullptr;
      }
      continue;
    }
    if (code < 0) {
      ++errors_;
      continue;
    }
    const AVPixelFormat format = format_of(*picture);
    if (format == AV_PIX_FMT_NONE) {
      ++errors_;
      continue;
    }
    wrap(std::move(picture), format, *frame_);
    return frame_.get();
  }
  return nullptr;
}

void UnfilteredAv1Decoder::flush() {
  dav1d_data_unref(&pending_);
  dav1d_flush(context_.get());
}

}  // namespace heaters::media

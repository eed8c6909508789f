#include "media/video_encoder.h"

#include <fmt/format.h>

#include <new>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "media/picture_filter.h"

namespace heaters::media {

namespace {

// Ticks of the encoder for one of the source. The encoder writes its tick into the stream as the time of a
// frame of unknown length; GStreamer, and WebKitGTK with it, takes a tick of a millisecond (Matroska, FLV)
// for the frame's real length and skips the frame when it seeks into it. A tick too short for any frame is
// not believed.
int encoder_ticks(const VideoStreamInfo& video) {
  const double ticks_per_second = 1 / to_seconds(1, video.time_base);
  const bool is_frame_by_frame =
      video.frame_rate.is_positive() && std::abs(to_double(video.frame_rate) - ticks_per_second) < 1e-6;
  constexpr double least_ticks_per_second = 10'000;
  int ticks = 1;
  while (!is_frame_by_frame && ticks * ticks_per_second < least_ticks_per_second) ticks *= 2;
  return ticks;
}

UniqueCodecContext open_x264(const VideoStreamInfo& video, int source_matrix, const ProxyProfile& profile) {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr)
    throw Error(ErrorKind::Internal, "encode a proxy: libavcodec was built without libx264");
  UniqueCodecContext encoder(avcodec_alloc_context3(codec));
  if (encoder == nullptr) throw std::bad_alloc();
  const PictureSize size = fit_short_side(video, profile.short_side);
  encoder->width = size.width;
  encoder->height = size.height;
  encoder->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder->sample_aspect_ratio = {1, 1};
  encoder->time_base = av_mul_q(to_av(video.time_base), {1, encoder_ticks(video)});
  if (video.frame_rate.is_positive()) encoder->framerate = to_av(video.frame_rate);
  const double rate = video.frame_rate.is_positive() ? to_double(video.frame_rate) : 25.0;
  encoder->gop_size = std::max(1, static_cast<int>(std::floor(rate * profile.keyframe_seconds)));
  encoder->thread_count = 0;
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | static_cast<int>(AV_CODEC_FLAG_CLOSED_GOP);
  set_output_colours(*encoder, output_matrix(video, source_matrix));

  AVDictionary* options = nullptr;
  av_dict_set(&options, "preset", profile.preset.c_str(), 0);
  av_dict_set_int(&options, "crf", profile.crf, 0);
  av_dict_set_int(&options, "forced-idr", 1, 0);
  const int code = avcodec_open2(encoder.get(), codec, &options);
  av_dict_free(&options);
  check_av(code, fmt::format("open the H.264 encoder for {}x{}", size.width, size.height));
  return encoder;
}

}  // namespace

VideoEncoder::VideoEncoder(const VideoStreamInfo& video, int source_matrix, const ProxyProfile& profile,
                           Muxer& muxer)
    : keyframe_ticks_(std::max<std::int64_t>(
          1,
          static_cast<std::int64_t>(std::floor(profile.keyframe_seconds / to_seconds(1, video.time_base))))),
      filters_([video, size = fit_short_side(video, profile.short_side)](
                   const AVFrame& frame) { return picture_filter(video, frame, size, PictureUse::Video); },
               video.time_base),
      encoder_ticks_(encoder_ticks(video)),
      encoder_(open_x264(video, source_matrix, profile)),
      muxer_(muxer),
      stream_(muxer.add_encoded_stream(*encoder_)) {}

void VideoEncoder::consume(const Frame& frame) {
  filters_.send(&frame.av());
  encode_filtered();
}

void VideoEncoder::finish() {
  filters_.send(nullptr);
  encode_filtered();
  if (has_held_) encode_held(held_->pts);
  muxer_.encode(*encoder_, nullptr, stream_);
}

void VideoEncoder::encode_filtered() {
  while (AVFrame* picture = filters_.receive()) {
    if (has_held_) encode_held(picture->pts);
    av_frame_move_ref(held_.get(), picture);
    has_held_ = true;
  }
}

void VideoEncoder::encode_held(std::int64_t next_pts) {
  // Waiting for the next frame to be overdue would be one frame too late when the rate varies.
  const bool is_due = !has_keyframe_ || next_pts - last_keyframe_pts_ > keyframe_ticks_;
  held_->pict_type = is_due ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  held_->key_frame = 0;
  if (is_due) {
    last_keyframe_pts_ = held_->pts;
    has_keyframe_ = true;
  }
  held_->pts *= encoder_ticks_;
  muxer_.encode(*encoder_, held_.get(), stream_);
  av_frame_unref(held_.get());
  has_held_ = false;
}

}  // namespace heaters::media

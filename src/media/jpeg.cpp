#include "media/jpeg.h"

#include <new>

#include <span>

#include "base/check.h"
#include "media/av.h"

namespace heaters::media {

std::vector<std::byte> encode_jpeg(const AVFrame& picture, int quality) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (codec == nullptr) throw std::bad_alloc();
  const UniqueCodecContext encoder(avcodec_alloc_context3(codec));
  if (encoder == nullptr) throw std::bad_alloc();
  encoder->width = picture.width;
  encoder->height = picture.height;
  encoder->pix_fmt = AV_PIX_FMT_YUVJ420P;
  encoder->color_range = AVCOL_RANGE_JPEG;
  encoder->time_base = {1, 1};
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  encoder->global_quality = quality * FF_QP2LAMBDA;
  check_av(avcodec_open2(encoder.get(), codec, nullptr), "open the JPEG encoder");

  const UniqueFrame frame(av_frame_clone(&picture));
  if (frame == nullptr) throw std::bad_alloc();
  frame->pts = 0;
  frame->quality = quality * FF_QP2LAMBDA;
  frame->pict_type = AV_PICTURE_TYPE_NONE;
  const UniquePacket packet = make_packet();
  check_av(avcodec_send_frame(encoder.get(), frame.get()), "encode a JPEG");
  check_av(avcodec_receive_packet(encoder.get(), packet.get()), "encode a JPEG");
  const auto bytes = std::as_bytes(std::span(packet->data, static_cast<std::size_t>(packet->size)));
  return {bytes.begin(), bytes.end()};
}

}  // namespace heaters::media

#include "media/image_encoder.h"

#include <fmt/format.h>

#include <new>

#include <span>
#include <string>

#include "base/check.h"
#include "media/av.h"

namespace heaters::media {

namespace {

constexpr const char* webp_quality = "90";

const char* encoder_name(ImageFormat format) {
  return format == ImageFormat::Jpeg ? "mjpeg" : format == ImageFormat::WebP ? "libwebp" : "png";
}

}  // namespace

std::optional<ImageFormat> parse_image_format(std::string_view text) {
  if (text == "jpeg") return ImageFormat::Jpeg;
  if (text == "webp") return ImageFormat::WebP;
  if (text == "png") return ImageFormat::Png;
  return std::nullopt;
}

std::string_view extension_of(ImageFormat format) {
  return format == ImageFormat::Jpeg ? ".jpg" : format == ImageFormat::WebP ? ".webp" : ".png";
}

std::vector<std::byte> encode_image(const AVFrame& picture, ImageFormat format, int jpeg_quality) {
  const std::string attempt = fmt::format("encode an image with {}", encoder_name(format));
  const AVCodec* codec = avcodec_find_encoder_by_name(encoder_name(format));
  if (codec == nullptr) throw Error(ErrorKind::Unsupported, attempt + ": libavcodec was built without it");
  const UniqueCodecContext encoder(avcodec_alloc_context3(codec));
  if (encoder == nullptr) throw std::bad_alloc();
  encoder->width = picture.width;
  encoder->height = picture.height;
  encoder->pix_fmt = static_cast<AVPixelFormat>(picture.format);
  encoder->color_range = format == ImageFormat::Jpeg ? AVCOL_RANGE_JPEG : picture.color_range;
  encoder->time_base = {1, 1};
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_BITEXACT;
  if (format == ImageFormat::Jpeg) {
    encoder->flags |= AV_CODEC_FLAG_QSCALE;
    encoder->global_quality = jpeg_quality * FF_QP2LAMBDA;
  }
  UniqueDictionary options;
  if (format == ImageFormat::WebP) options = make_dictionary("quality", webp_quality);
  AVDictionary* raw = options.release();
  const int code = avcodec_open2(encoder.get(), codec, &raw);
  options.reset(raw);
  check_av(code, attempt);

  const UniqueFrame frame(av_frame_clone(&picture));
  if (frame == nullptr) throw std::bad_alloc();
  frame->pts = 0;
  frame->quality = encoder->global_quality;
  frame->pict_type = AV_PICTURE_TYPE_NONE;
  const UniquePacket packet = make_packet();
  check_av(avcodec_send_frame(encoder.get(), frame.get()), attempt);
  check_av(avcodec_send_frame(encoder.get(), nullptr), attempt);
  check_av(avcodec_receive_packet(encoder.get(), packet.get()), attempt);
  const auto bytes = std::as_bytes(std::span(packet->data, static_cast<std::size_t>(packet->size)));
  return {bytes.begin(), bytes.end()};
}

}  // namespace heaters::media

#include "media/image_file.h"

#include <fmt/format.h>

#include <new>

#include <algorithm>
#include <array>
#include <string_view>

#include "media/av.h"
#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/input_file.h"

namespace heaters::media {

namespace {

constexpr std::array image_formats = {"jpeg_pipe", "png_pipe", "webp_pipe", "bmp_pipe", "tiff_pipe", "gif"};

int refuse_image_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) noexcept {
  return AVERROR(EPERM);
}

UniqueInputContext open_image(InputFile& input) {
  const std::string attempt = fmt::format("open \"{}\"", input.path().string());
  const AVInputFormat* format = nullptr;
  if (av_probe_input_buffer2(input.io(), &format, "", nullptr, 0, 0) < 0 || format == nullptr ||
      std::find(image_formats.begin(), image_formats.end(), std::string_view(format->name)) ==
          image_formats.end()) {
    throw Error(ErrorKind::Unsupported, attempt + ": not an image (JPEG, PNG, WebP, BMP, TIFF or GIF)");
  }
  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) throw std::bad_alloc();
  context->pb = input.io();
  context->io_open = refuse_image_open;
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  check_av(avformat_open_input(&context, "", format, nullptr), attempt);
  UniqueInputContext opened(context);
  UniqueDictionary options = make_dictionary("max_pixels", std::to_string(max_pixels));
  AVDictionary* raw = options.release();
  const int code = avformat_find_stream_info(opened.get(), opened->nb_streams > 0 ? &raw : nullptr);
  options.reset(raw);
  check_av(code, attempt);
  return opened;
}

}  // namespace

Frame read_image(const std::filesystem::path& path, const std::stop_token& stop) {
  const std::string attempt = fmt::format("decode \"{}\"", path.string());
  InputFile input(path, stop);
  const UniqueInputContext context = open_image(input);
  const int index = av_find_best_stream(context.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (index < 0) throw Error(ErrorKind::Corrupt, attempt + ": it holds no picture");
  Decoder decoder(*context->streams[index], Deblocking::All, attempt);
  const UniquePacket packet = make_packet();
  while (av_read_frame(context.get(), packet.get()) >= 0) {
    if (packet->stream_index == index) decoder.send(packet.get());
    av_packet_unref(packet.get());
    if (const AVFrame* frame = decoder.receive()) return {*frame, 0, 0};
  }
  decoder.send(nullptr);
  if (const AVFrame* frame = decoder.receive()) return {*frame, 0, 0};
  throw Error(ErrorKind::Corrupt, attempt + ": it holds no picture");
}

}  // namespace heaters::media

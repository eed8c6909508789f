#include "media/av.h"

#include <new>

#include <array>
#include <cerrno>

#include "base/check.h"

namespace heaters::media {

namespace {

ErrorKind kind_of(int code) {
  switch (code) {
    case AVERROR_INVALIDDATA:
      return ErrorKind::Corrupt;
    case AVERROR_EXIT:
      return ErrorKind::Cancelled;
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_PATCHWELCOME:
      return ErrorKind::Unsupported;
    case AVERROR_BUG:
    case AVERROR_BUG2:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_MUXER_NOT_FOUND:
    case AVERROR_FILTER_NOT_FOUND:
    case AVERROR_OPTION_NOT_FOUND:
      return ErrorKind::Internal;
    default:
      return ErrorKind::Corrupt;
  }
}

bool is_errno(int code) {
  return code > -4096 && code != AVERROR(EINVAL) && code != AVERROR(EPERM);
}

}  // namespace

UniqueFrame make_frame() {
  UniqueFrame frame(av_frame_alloc());
  if (frame == nullptr) throw std::bad_alloc();
  return frame;
}

UniquePacket make_packet() {
  UniquePacket packet(av_packet_alloc());
  if (packet == nullptr) throw std::bad_alloc();
  return packet;
}

UniqueDictionary make_dictionary(const char* key, const std::string& value) {
  AVDictionary* dictionary = nullptr;
  HEATERS_CHECK(av_dict_set(&dictionary, key, value.c_str(), 0) >= 0);
  return UniqueDictionary(dictionary);
}

AVPixelFormat without_range(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    default:
      return static_cast<AVPixelFormat>(format);
  }
}

std::string av_error_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

int check_av(int code, const std::string& attempt) {
  if (code >= 0) return code;
  // Small negative numbers are errno values, except EINVAL, which libav uses for "the media makes no sense".
  if (is_errno(code)) throw system_error(-code, attempt);
  throw Error(kind_of(code), attempt + ": " + av_error_text(code));
}

}  // namespace heaters::media

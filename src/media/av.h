#pragma once

// The only header that includes libav: the rest of the program sees the classes of this folder. Every handle
// that libav gives out is owned by one of the aliases below.

#include <cstdint>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/murmur3.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "base/time.h"

namespace heaters::media {

// Calls a libav function of the form free(T**).
template <auto Free>
struct FreeByAddress {
  template <typename T>
  void operator()(T* pointer) const {
    Free(&pointer);
  }
};

// Calls a libav function of the form free(T*).
template <auto Free>
struct FreeByValue {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

// An output context also owns the file it writes to.
struct CloseOutput {
  void operator()(AVFormatContext* context) const {
    avio_closep(&context->pb);
    avformat_free_context(context);
  }
};

// An AVIOContext made by avio_alloc_context owns its buffer, which libav may have replaced.
struct FreeIo {
  void operator()(AVIOContext* io) const {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
};

using UniqueFrame = std::unique_ptr<AVFrame, FreeByAddress<av_frame_free>>;
using UniquePacket = std::unique_ptr<AVPacket, FreeByAddress<av_packet_free>>;
using UniqueCodecContext = std::unique_ptr<AVCodecContext, FreeByAddress<avcodec_free_context>>;
using UniqueInputContext = std::unique_ptr<AVFormatContext, FreeByAddress<avformat_close_input>>;
using UniqueOutputContext = std::unique_ptr<AVFormatContext, CloseOutput>;
using UniqueIo = std::unique_ptr<AVIOContext, FreeIo>;
using UniqueScaler = std::unique_ptr<SwsContext, FreeByValue<sws_freeContext>>;
using UniqueResampler = std::unique_ptr<SwrContext, FreeByAddress<swr_free>>;
using UniqueDictionary = std::unique_ptr<AVDictionary, FreeByAddress<av_dict_free>>;
using UniqueFilterGraph = std::unique_ptr<AVFilterGraph, FreeByAddress<avfilter_graph_free>>;
using UniqueFilterInOut = std::unique_ptr<AVFilterInOut, FreeByAddress<avfilter_inout_free>>;

UniqueFrame make_frame();
UniquePacket make_packet();

// libav's bytes as ours.
inline std::span<const std::byte> bytes_of(const std::uint8_t* data, int size) {
  return std::as_bytes(std::span(data, static_cast<std::size_t>(std::max(0, size))));
}

// A Dictionary from one option; libav copies both strings.
UniqueDictionary make_dictionary(const char* key, const std::string& value);

// Throws the Error that a negative libav return code stands for, "<attempt>: <libav's text>"; passes others
// through.
int check_av(int code, const std::string& attempt);

// libav's text for an error code.
std::string av_error_text(int code);

// libav has formats of their own for full-range YUV ("yuvj420p"): the format without it.
AVPixelFormat without_range(int format);

inline AVRational to_av(Rational value) {
  return {static_cast<int>(value.num), static_cast<int>(value.den)};
}
inline Rational from_av(AVRational value) {
  return {value.num, value.den};
}

}  // namespace heaters::media

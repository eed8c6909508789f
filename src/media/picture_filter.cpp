#include "media/picture_filter.h"

#include <fmt/format.h>

#include <utility>

#include "media/av.h"

namespace heaters::media {

namespace {

const char* swscale_matrix(int matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return "bt709";
    case AVCOL_SPC_FCC:
      return "fcc";
    case AVCOL_SPC_SMPTE240M:
      return "smpte240m";
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return "bt2020";
    default:
      return "bt601";
  }
}

const char* transpose(int rotation) {
  switch (rotation) {
    case 90:
      return ",transpose=clock";
    case 180:
      return ",hflip,vflip";
    case 270:
      return ",transpose=cclock";
    default:
      return "";
  }
}

// zscale goes by the tags of the frame, and real files lack some of them: what the transfer implies is
// stated.
std::string with_tags(const AVFrame& frame, const char* transfer) {
  return fmt::format("setparams=color_primaries=bt2020:color_trc={}:colorspace=bt2020nc:range={},", transfer,
                     frame.color_range == AVCOL_RANGE_JPEG ? "pc" : "tv");
}

// Scaled first, because the float conversions cost per pixel.
std::string hdr_chain(const AVFrame& frame, PictureSize size) {
  const bool is_hlg = frame.color_trc == AVCOL_TRC_ARIB_STD_B67;
  return with_tags(frame, is_hlg ? "arib-std-b67" : "smpte2084") +
         fmt::format(
             "zscale=w={}:h={}:t=linear:npl=100,format=gbrpf32le,zscale=p=709,tonemap=hable:desat=0,"
             "zscale=t=709:m=709:r=limited,format=yuv420p",
             size.width, size.height);
}

std::string wide_gamut_chain(const AVFrame& frame, PictureSize size) {
  return with_tags(frame, "bt2020-10") +
         fmt::format("zscale=w={}:h={}:t=709:m=709:p=709:r=limited,format=yuv420p", size.width, size.height);
}

std::string plain_chain(const VideoStreamInfo& video, const AVFrame& frame, PictureSize size, int out_matrix,
                        bool full_range_out) {
  const std::string in_matrix =
      is_rgb(frame.format)
          ? ""
          : fmt::format(":in_color_matrix={}", swscale_matrix(output_matrix(video, frame.colorspace)));
  return fmt::format("scale=w={}:h={}:flags=bicubic{}:out_color_matrix={}:out_range={},format={}", size.width,
                     size.height, in_matrix, swscale_matrix(out_matrix), full_range_out ? "full" : "limited",
                     full_range_out ? "yuvj420p" : "yuv420p");
}

struct ColourTags {
  AVColorPrimaries primaries;
  AVColorTransferCharacteristic transfer;
};

// Tags that go with a matrix. Wrong primaries show, so they are stated even where the source stated none.
ColourTags tags_for(int matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT470BG:
      return {AVCOL_PRI_BT470BG, AVCOL_TRC_BT709};
    case AVCOL_SPC_SMPTE170M:
      return {AVCOL_PRI_SMPTE170M, AVCOL_TRC_SMPTE170M};
    case AVCOL_SPC_SMPTE240M:
      return {AVCOL_PRI_SMPTE240M, AVCOL_TRC_SMPTE240M};
    default:
      return {AVCOL_PRI_BT709, AVCOL_TRC_BT709};
  }
}

}  // namespace

bool is_rgb(int format) {
  const AVPixFmtDescriptor* found = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  return found != nullptr && (found->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

std::string rgb_conversion(int matrix) {
  return fmt::format("scale=flags=bicubic:out_color_matrix={}:out_range=limited", swscale_matrix(matrix));
}

int output_matrix(const VideoStreamInfo& video, int source_matrix) {
  if (video.is_hdr || video.is_wide_gamut) return AVCOL_SPC_BT709;
  switch (source_matrix) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_FCC:
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_SMPTE240M:
      return source_matrix;
    case AVCOL_SPC_RGB:
      return AVCOL_SPC_BT709;
    default:
      return video.height >= 720 || video.width >= 1280 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  }
}

std::string picture_filter(const VideoStreamInfo& video, const AVFrame& frame, PictureSize size,
                           PictureUse use) {
  const bool full_range = use == PictureUse::Jpeg;
  const int matrix = full_range ? AVCOL_SPC_SMPTE170M : output_matrix(video, frame.colorspace);
  PictureSize stored = size;
  if (video.rotation == 90 || video.rotation == 270) std::swap(stored.width, stored.height);

  std::string chain;
  if (video.is_interlaced) chain += "bwdif=mode=send_frame:deint=interlaced,";
  if (video.is_hdr || video.is_wide_gamut) {
    chain += video.is_hdr ? hdr_chain(frame, stored) : wide_gamut_chain(frame, stored);
    // zscale leaves limited-range BT.709; a JPEG wants it otherwise.
    if (full_range)
      chain += ",scale=in_color_matrix=bt709:out_color_matrix=bt601:out_range=full,format=yuvj420p";
  } else {
    chain += plain_chain(video, frame, stored, matrix, full_range);
  }
  return chain + transpose(video.rotation) + ",setsar=1";
}

void set_output_colours(AVCodecContext& encoder, int matrix) {
  encoder.colorspace = static_cast<AVColorSpace>(matrix);
  encoder.color_primaries = tags_for(matrix).primaries;
  encoder.color_trc = tags_for(matrix).transfer;
  encoder.color_range = AVCOL_RANGE_MPEG;
}

}  // namespace heaters::media

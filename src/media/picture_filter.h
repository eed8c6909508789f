#pragma once

#include <string>

#include "media/media_info.h"
#include "media/picture_geometry.h"

struct AVCodecContext;
struct AVFrame;

namespace heaters::media {

// What a derived picture is for: it decides the colour range and matrix it comes out in.
enum class PictureUse {
  Video,  // limited range, the matrix of output_matrix()
  Jpeg,   // full range, BT.601, as JFIF says
};

// The libavfilter chain that makes an upright, square-pixel, 8-bit 4:2:0 picture of `size` out of decoded
// frames: deinterlaced where the source is interlaced (one picture out per frame in, so that frames stay
// 1:1), HDR tone-mapped and wide gamut mapped to BT.709, rotated.
std::string picture_filter(const VideoStreamInfo& video, const AVFrame& frame, PictureSize size,
                           PictureUse use);

// Whether a pixel format (AVPixelFormat) is RGB or a palette of it.
bool is_rgb(int format);
// The filter that makes limited-range YUV of `matrix` out of such a picture, its size unchanged.
std::string rgb_conversion(int matrix);

// The colour matrix of proxies, as libav's number (AVColorSpace): the source's own, or what players assume
// for its size when it has no tag; BT.709 when HDR, wide gamut or RGB was converted.
int output_matrix(const VideoStreamInfo& video, int source_matrix);

// Tells an encoder the colours of pictures with that matrix.
void set_output_colours(AVCodecContext& encoder, int matrix);

}  // namespace heaters::media

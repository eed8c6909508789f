#pragma once

#include <optional>

#include "media/av.h"

namespace heaters::media {

// How long the length before each NAL unit of a stream's packets is, in bytes; 0 where start codes part them;
// nullopt when the stream is no H.264.
std::optional<int> h264_length_bytes(const AVCodecParameters& codec);

// Whether a packet of such a stream holds an IDR picture. Containers and demuxers flag other pictures as
// keyframes too, those of open groups and recovery points, which a decoder that was just opened cannot begin
// with: Chromium ends with an error on the first picture that names one from before. ISO/IEC 14496-15
// (5.4.3.3) has only IDR pictures as sync samples of H.264. False for a damaged packet.
bool has_idr(const AVPacket& packet, int length_bytes);

}  // namespace heaters::media

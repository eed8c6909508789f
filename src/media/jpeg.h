#pragma once

#include <cstddef>
#include <vector>

struct AVFrame;

namespace heaters::media {

// JPEG of a yuvj420p picture. `quality` is libav's quantiser scale: 2 (best) to 31.
std::vector<std::byte> encode_jpeg(const AVFrame& picture, int quality);

}  // namespace heaters::media

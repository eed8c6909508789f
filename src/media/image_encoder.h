#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

struct AVFrame;

namespace heaters::media {

enum class ImageFormat { Jpeg, WebP, Png };
std::optional<ImageFormat> parse_image_format(std::string_view text);  // "jpeg", "webp", "png"
std::string_view extension_of(ImageFormat format);                     // ".jpg"

// An image file of a picture: JPEG of yuvj420p, WebP of yuv420p, PNG of rgb24. `jpeg_quality` is libav's
// quantiser scale, 2 (best) to 31. The same picture makes the same bytes.
std::vector<std::byte> encode_image(const AVFrame& picture, ImageFormat format, int jpeg_quality);

}  // namespace heaters::media

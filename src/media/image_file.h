#pragma once

#include <filesystem>
#include <stop_token>

#include "media/frame.h"

namespace heaters::media {

// The picture of an image file (JPEG, PNG, WebP, BMP, TIFF, GIF: its first), told by its content. Throws
// Unsupported for what is none of these, Corrupt for one that cannot be decoded.
Frame read_image(const std::filesystem::path& path, const std::stop_token& stop = {});

}  // namespace heaters::media

#pragma once

#include <string>
#include <string_view>

namespace heaters::storage {

// The only place where keys are made. They depend on nothing but the video and the artifact, so that work
// done again overwrites its own objects and leaves no orphan.

std::string video_prefix(std::string_view video_id);
std::string video_key(std::string_view video_id, std::string_view name);

// Whether a key is safe as a relative path and in a URL: parts of letters, digits, '.', '_' and '-' between
// slashes, no part beginning with a dot.
bool is_valid_key(std::string_view key);

}  // namespace heaters::storage

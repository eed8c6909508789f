#pragma once

#include <filesystem>
#include <stop_token>

namespace heaters::media {

// The longest time, in seconds, between two keyframes of the video stream, and from the last one to the end.
// Reads packets, decodes nothing (2 % of the cost of decoding), and stops after `limit_seconds` of the video:
// a stream does not change its keyframe interval half-way.
double longest_keyframe_gap(const std::filesystem::path& path, double limit_seconds, std::stop_token stop);

}  // namespace heaters::media

#pragma once

#include <filesystem>
#include <stop_token>

namespace heaters::media {

struct KeyframeScan {
  // Between two keyframes of the video stream, and from the last one to the end.
  double longest_gap_seconds = 0;
  // Pictures that follow a keyframe may need ones from before it: those that are shown before it, and in
  // H.264 also others where the keyframe is no IDR picture. Players that seek to it fail (Chromium ends with
  // a decoding error).
  bool has_open_groups = false;
};

// Reads packets, decodes nothing (2 % of the cost of decoding), and stops after `limit_seconds` of the video:
// a stream does not change its keyframes half-way.
KeyframeScan scan_keyframes(const std::filesystem::path& path, double limit_seconds, std::stop_token stop);

}  // namespace heaters::media

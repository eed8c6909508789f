#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "base/progress.h"
#include "stages/detect.h"

namespace heaters::stages {

// Shots without decoding every frame: the keyframes are decoded, and between two of them as much as the
// pictures and the sizes of packets leave in doubt (shots/group_choice.h), several groups at a time unless
// `threads` is One; what is found does not depend on how many, unless the file is damaged unnoticed. The
// frame table has no offsets of packets. nullopt when the file does not tell what is in it without being
// decoded (media/group_scan.h). Throws as a media pass does.
std::optional<Detection> detect_guided(const std::filesystem::path& path, media::DecodingThreads threads,
                                       const std::stop_token& stop, const ProgressListener& on_progress);

}  // namespace heaters::stages

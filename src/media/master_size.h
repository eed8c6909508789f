#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>

#include "media/export_preset.h"
#include "media/frame_table.h"

namespace heaters::media {

// About how large a master of frames of a source will be, from encoding a few of them: four runs of a dozen
// frames (FFV1), or of fifty (H.264, whose frames depend on each other), spread evenly; sound by its length.
// Throws as export_clips() does.
std::int64_t estimate_master_bytes(const std::filesystem::path& source, const FrameTable& table,
                                   FrameSpan span, const ExportFormat& format, const std::stop_token& stop);

}  // namespace heaters::media

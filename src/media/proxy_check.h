#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "media/frame_table.h"

namespace heaters::media {

// Whether a proxy has exactly the frames of the table at their times, moved by `shift_seconds`: its packets
// are read, nothing is decoded. nullopt when it has; else what differs, for people. A time may be off by one
// tick of the source, as MP4's own time base rounds.
std::optional<std::string> find_proxy_mismatch(const std::filesystem::path& proxy, const FrameTable& table,
                                               double shift_seconds);

}  // namespace heaters::media

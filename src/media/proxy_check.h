#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "media/frame_table.h"
#include "media/packet_index.h"

namespace heaters::media {

struct ProxyCheck {
  std::optional<std::string> mismatch;  // what differs, for people; nullopt: nothing does
  std::optional<PacketIndex> index;     // when nothing differs and there is one
};

// Whether a proxy has exactly the frames of the table at their times, moved by `shift_seconds`: its packets
// are read, nothing is decoded. A time may be off by one tick of the source, as MP4's own time base rounds.
ProxyCheck check_proxy(const std::filesystem::path& proxy, const FrameTable& table, double shift_seconds);

}  // namespace heaters::media

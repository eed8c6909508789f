#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace heaters::bitstream {

// A NAL unit of H.264 or HEVC as it is stored: its header (one byte, or two), and its payload with emulation
// prevention bytes in it.
using NalUnit = std::vector<std::byte>;
using NalUnitView = std::span<const std::byte>;

// The units of one packet. `length_bytes`: how long the length is that stands before each one (ISO/IEC
// 14496-15); 0 when they are parted by start codes (H.264, Annex B). Views into the packet. Throws Corrupt.
std::vector<NalUnitView> split_nal_units(std::span<const std::byte> packet, int length_bytes);

// Appends a unit behind its length in four bytes.
void append_nal_unit(std::vector<std::byte>& packet, NalUnitView unit);

// Without the emulation prevention bytes, header included.
std::vector<std::byte> unescape(NalUnitView unit);
// And with them.
NalUnit escape(std::span<const std::byte> raw);

}  // namespace heaters::bitstream

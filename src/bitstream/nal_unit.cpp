#include "bitstream/nal_unit.h"

#include <cstdint>

#include "base/check.h"
#include "base/error.h"

namespace heaters::bitstream {

namespace {

std::vector<NalUnitView> split_by_lengths(std::span<const std::byte> packet, std::size_t length_bytes) {
  std::vector<NalUnitView> units;
  while (!packet.empty()) {
    std::size_t length = 0;
    if (packet.size() >= length_bytes) {
      for (const std::byte each : packet.first(length_bytes)) {
        length = (length << 8) | std::to_integer<std::size_t>(each);
      }
    }
    if (packet.size() < length_bytes || length > packet.size() - length_bytes) {
      throw Error(ErrorKind::Corrupt, "read a video's packet: a NAL unit is longer than the packet");
    }
    if (length > 0) units.push_back(packet.subspan(length_bytes, length));
    packet = packet.subspan(length_bytes + length);
  }
  return units;
}

// Where the next start code 00 00 01 is, or the size.
std::size_t find_start_code(std::span<const std::byte> bytes, std::size_t from) {
  for (std::size_t i = from; i + 3 <= bytes.size(); ++i) {
    if (bytes[i] == std::byte{0} && bytes[i + 1] == std::byte{0} && bytes[i + 2] == std::byte{1}) return i;
  }
  return bytes.size();
}

std::vector<NalUnitView> split_by_start_codes(std::span<const std::byte> packet) {
  std::vector<NalUnitView> units;
  std::size_t code = find_start_code(packet, 0);
  while (code < packet.size()) {
    const std::size_t begin = code + 3;
    code = find_start_code(packet, begin);
    // Zeros before a start code belong to it (trailing_zero_8bits, zero_byte).
    std::size_t end = code;
    while (end > begin && packet[end - 1] == std::byte{0}) --end;
    if (end > begin) units.push_back(packet.subspan(begin, end - begin));
  }
  return units;
}

}  // namespace

std::vector<NalUnitView> split_nal_units(std::span<const std::byte> packet, int length_bytes) {
  HEATERS_CHECK(length_bytes >= 0 && length_bytes <= 4);
  return length_bytes == 0 ? split_by_start_codes(packet)
                           : split_by_lengths(packet, static_cast<std::size_t>(length_bytes));
}

void append_nal_unit(std::vector<std::byte>& packet, NalUnitView unit) {
  const auto length = static_cast<std::uint32_t>(unit.size());
  for (const int shift : {24, 16, 8, 0}) packet.push_back(static_cast<std::byte>((length >> shift) & 0xFFU));
  packet.insert(packet.end(), unit.begin(), unit.end());
}

std::vector<std::byte> unescape(NalUnitView unit) {
  std::vector<std::byte> raw;
  raw.reserve(unit.size());
  int zeros = 0;
  for (const std::byte each : unit) {
    if (zeros >= 2 && each == std::byte{3}) {
      zeros = 0;
      continue;
    }
    zeros = each == std::byte{0} ? zeros + 1 : 0;
    raw.push_back(each);
  }
  return raw;
}

NalUnit escape(std::span<const std::byte> raw) {
  NalUnit unit;
  unit.reserve(raw.size() + raw.size() / 64);
  int zeros = 0;
  for (const std::byte each : raw) {
    if (zeros >= 2 && each <= std::byte{3}) {
      unit.push_back(std::byte{3});
      zeros = 0;
    }
    zeros = each == std::byte{0} ? zeros + 1 : 0;
    unit.push_back(each);
  }
  // A payload may end with zeros that belong to it (cabac_zero_words); then a last 3 keeps them.
  if (!unit.empty() && unit.back() == std::byte{0}) unit.push_back(std::byte{3});
  return unit;
}

}  // namespace heaters::bitstream

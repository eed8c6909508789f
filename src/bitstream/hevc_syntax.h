#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "bitstream/nal_unit.h"

namespace heaters::bitstream {

// What HEVC's syntax (ITU-T H.265, 7.3) says of which pictures may be shown, and the ids by which slices find
// their parameter sets.

enum class HevcNalType : int { Vps = 32, Sps = 33, Pps = 34 };  // table 7-1

inline int hevc_nal_type(NalUnitView unit) {
  return unit.size() < 3 ? -1 : std::to_integer<int>((unit[0] >> 1) & std::byte{0x3F});
}
inline bool is_hevc_slice(NalUnitView unit) {
  return hevc_nal_type(unit) >= 0 && hevc_nal_type(unit) < 32;
}
// A picture with which decoding can begin: IDR, CRA or BLA.
inline bool is_hevc_random_access(NalUnitView unit) {
  return hevc_nal_type(unit) >= 16 && hevc_nal_type(unit) <= 23;
}

// The slice of a random access picture as one that begins a sequence without leading pictures: a clean random
// access becomes a broken link (BLA_N_LP), so that a decoder forgets what came before (8.1.3). Nothing but
// the type in the unit's header changes. Other units come back as they are.
NalUnit without_leading_pictures(NalUnitView unit);

struct HevcSps {
  std::uint32_t id = 0;
  std::uint32_t chroma_format = 1;
  std::uint32_t luma_bits = 8;
  std::uint32_t chroma_bits = 8;
  int temporal_layers = 1;
  bool is_nested = false;
  std::vector<std::byte> profile;  // general profile, tier and level: the 12 bytes that hvcC has, too
};
// Throws Corrupt.
HevcSps parse_hevc_sps(NalUnitView unit);
std::uint32_t hevc_vps_id(NalUnitView unit);
std::uint32_t hevc_pps_id(NalUnitView unit);

// The ids of an encoder's stream, which has one parameter set of each kind, with id 0.
struct HevcIds {
  std::uint32_t vps = 0;
  std::uint32_t sps = 0;
  std::uint32_t pps =
      15;  // 15 to 30: one byte longer than 0, so that nothing behind it moves within its byte
};
// A parameter set or slice of such a stream with other ids. Throws Corrupt when its ids are not 0.
NalUnit with_hevc_ids(NalUnitView unit, const HevcIds& ids);

}  // namespace heaters::bitstream

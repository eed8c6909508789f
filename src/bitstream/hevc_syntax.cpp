#include "bitstream/hevc_syntax.h"

#include "base/check.h"
#include "base/error.h"
#include "bitstream/bits.h"

namespace heaters::bitstream {

namespace {

constexpr std::size_t header_bits = 16;

[[noreturn]] void corrupt_hevc(const char* what) {
  throw Error(ErrorKind::Corrupt, std::string("read HEVC: ") + what);
}

// profile_tier_level (7.3.3), of which the first 96 bits are the general ones.
void skip_profile(BitReader& reader, std::uint32_t sub_layers_minus_1) {
  reader.skip(96);
  if (sub_layers_minus_1 == 0) return;
  std::vector<bool> has_profile;
  std::vector<bool> has_level;
  has_profile.reserve(8);
  has_level.reserve(8);
  for (std::uint32_t i = 0; i < 8; ++i) {
    has_profile.push_back(reader.flag() && i < sub_layers_minus_1);
    has_level.push_back(reader.flag() && i < sub_layers_minus_1);
  }
  for (std::uint32_t i = 0; i < sub_layers_minus_1; ++i) {
    if (has_profile[i]) reader.skip(88);
    if (has_level[i]) reader.skip(8);
  }
}

// Up to the id of a sequence parameter set; how many temporal layers there are besides the first.
std::uint32_t skip_to_sps_id(BitReader& reader) {
  reader.skip(header_bits + 4);
  const std::uint32_t sub_layers_minus_1 = reader.bits(3);
  if (sub_layers_minus_1 > 6) corrupt_hevc("a parameter set makes no sense");
  reader.flag();
  skip_profile(reader, sub_layers_minus_1);
  return sub_layers_minus_1;
}

void expect_zero(std::uint32_t id) {
  if (id != 0) corrupt_hevc("an encoder's parameter sets have other ids than 0");
}

NalUnit finish(BitWriter& writer, BitReader& reader, std::span<const std::byte> raw) {
  const std::size_t end = end_of_payload(raw);
  if (end < reader.position()) corrupt_hevc("a parameter set ends too early");
  writer.copy(raw, reader.position(), end);
  writer.align(false);
  return escape(writer.bytes());
}

NalUnit vps_with_id(std::span<const std::byte> raw, std::uint32_t id) {
  BitReader reader(raw);
  BitWriter writer;
  writer.copy(raw, 0, header_bits);
  reader.skip(header_bits);
  expect_zero(reader.bits(4));
  writer.bits(id, 4);
  return finish(writer, reader, raw);
}

NalUnit sps_with_ids(std::span<const std::byte> raw, const HevcIds& ids) {
  BitReader reader(raw);
  skip_to_sps_id(reader);
  BitWriter writer;
  writer.copy(raw, 0, header_bits);
  writer.bits(ids.vps, 4);
  writer.copy(raw, header_bits + 4, reader.position());
  expect_zero(reader.ue());
  writer.ue(ids.sps);
  return finish(writer, reader, raw);
}

NalUnit pps_with_ids(std::span<const std::byte> raw, const HevcIds& ids) {
  BitReader reader(raw);
  reader.skip(header_bits);
  expect_zero(reader.ue());
  expect_zero(reader.ue());
  BitWriter writer;
  writer.copy(raw, 0, header_bits);
  writer.ue(ids.pps);
  writer.ue(ids.sps);
  return finish(writer, reader, raw);
}

// The header of a slice is aligned at its end, which is hard to find. The new id is eight bits longer:
// nothing else moves but by a whole byte.
NalUnit slice_with_id(std::span<const std::byte> raw, std::uint32_t pps, bool is_random_access) {
  BitReader reader(raw);
  reader.skip(header_bits + (is_random_access ? 2U : 1U));
  BitWriter writer;
  writer.copy(raw, 0, reader.position());
  expect_zero(reader.ue());
  writer.ue(pps);
  writer.copy(raw, reader.position(), raw.size() * 8);
  HEATERS_CHECK(writer.position() % 8 == 0);
  return escape(writer.bytes());
}

}  // namespace

NalUnit without_leading_pictures(NalUnitView unit) {
  NalUnit result(unit.begin(), unit.end());
  if (!is_hevc_random_access(unit)) return result;
  constexpr int idr_with_leading = 19;
  constexpr int idr_without = 20;
  constexpr int broken_link_without = 18;
  const int type = hevc_nal_type(unit);
  const int changed = type == idr_with_leading || type == idr_without ? idr_without : broken_link_without;
  result[0] = (result[0] & std::byte{0x81}) | static_cast<std::byte>(changed << 1);
  return result;
}

HevcSps parse_hevc_sps(NalUnitView unit) {
  const auto raw = unescape(unit);
  BitReader reader(raw);
  HevcSps sps;
  const std::uint32_t sub_layers_minus_1 = skip_to_sps_id(reader);
  sps.temporal_layers = static_cast<int>(sub_layers_minus_1) + 1;
  sps.is_nested = (raw[2] & std::byte{1}) != std::byte{0};
  sps.profile.assign(raw.begin() + 3, raw.begin() + 15);
  sps.id = reader.ue();
  sps.chroma_format = reader.ue();
  if (sps.chroma_format == 3) reader.flag();
  reader.ue();
  reader.ue();
  if (reader.flag()) {
    for (int i = 0; i < 4; ++i) reader.ue();
  }
  sps.luma_bits = 8 + reader.ue();
  sps.chroma_bits = 8 + reader.ue();
  if (sps.id > 15 || sps.chroma_format > 3 || sps.luma_bits > 16 || sps.chroma_bits > 16) {
    corrupt_hevc("a parameter set makes no sense");
  }
  return sps;
}

std::uint32_t hevc_vps_id(NalUnitView unit) {
  BitReader reader(unit);
  reader.skip(header_bits);
  return reader.bits(4);
}

std::uint32_t hevc_pps_id(NalUnitView unit) {
  const auto raw = unescape(unit);
  BitReader reader(raw);
  reader.skip(header_bits);
  return reader.ue();
}

NalUnit with_hevc_ids(NalUnitView unit, const HevcIds& ids) {
  HEATERS_CHECK(ids.pps >= 15 && ids.pps <= 30);
  const auto raw = unescape(unit);
  switch (hevc_nal_type(unit)) {
    case static_cast<int>(HevcNalType::Vps):
      return vps_with_id(raw, ids.vps);
    case static_cast<int>(HevcNalType::Sps):
      return sps_with_ids(raw, ids);
    case static_cast<int>(HevcNalType::Pps):
      return pps_with_ids(raw, ids);
    default:
      if (is_hevc_slice(unit)) return slice_with_id(raw, ids.pps, is_hevc_random_access(unit));
      return {unit.begin(), unit.end()};
  }
}

}  // namespace heaters::bitstream

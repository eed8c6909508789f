#include "bitstream/decoder_configuration.h"

#include <algorithm>

#include "base/check.h"
#include "base/error.h"
#include "bitstream/bits.h"
#include "bitstream/hevc_syntax.h"

namespace heaters::bitstream {

namespace {

constexpr int h264_sps = static_cast<int>(H264NalType::Sps);
constexpr int h264_pps = static_cast<int>(H264NalType::Pps);
constexpr int hevc_vps = static_cast<int>(HevcNalType::Vps);
constexpr int hevc_sps = static_cast<int>(HevcNalType::Sps);
constexpr int hevc_pps = static_cast<int>(HevcNalType::Pps);

[[noreturn]] void corrupt_record() {
  throw Error(ErrorKind::Corrupt, "read a video's decoder configuration: it makes no sense");
}

void take_units(BitReader& reader, std::span<const std::byte> record, std::uint32_t count,
                ParameterSets& sets) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t length = reader.bits(16);
    const std::size_t begin = reader.position() / 8;
    reader.skip(length * 8);
    sets.take(record.subspan(begin, length));
  }
}

NalFormat read_avcc(std::span<const std::byte> record) {
  NalFormat format{.length_bytes = 4, .sets = ParameterSets(NalCodec::H264)};
  BitReader reader(record);
  reader.skip(38);
  format.length_bytes = static_cast<int>(reader.bits(2)) + 1;
  reader.skip(3);
  take_units(reader, record, reader.bits(5), format.sets);
  take_units(reader, record, reader.bits(8), format.sets);
  return format;
}

NalFormat read_hvcc(std::span<const std::byte> record) {
  NalFormat format{.length_bytes = 4, .sets = ParameterSets(NalCodec::Hevc)};
  BitReader reader(record);
  reader.skip(std::size_t{21} * 8 + 6);
  format.length_bytes = static_cast<int>(reader.bits(2)) + 1;
  const std::uint32_t arrays = reader.bits(8);
  for (std::uint32_t i = 0; i < arrays; ++i) {
    reader.skip(8);
    take_units(reader, record, reader.bits(16), format.sets);
  }
  return format;
}

void append(BitWriter& writer, const std::vector<NalUnitView>& units) {
  for (const NalUnitView unit : units) {
    if (unit.size() > 0xFFFF) corrupt_record();
    writer.bits(static_cast<std::uint32_t>(unit.size()), 16);
    writer.copy(unit, 0, unit.size() * 8);
  }
}

std::vector<std::byte> avcc(const ParameterSets& sets) {
  const auto sps = sets.of_type(h264_sps);
  const auto pps = sets.of_type(h264_pps);
  if (sps.empty() || sps.size() > 31 || sps.front().size() < 4 || pps.size() > 255) corrupt_record();
  const H264Sps first = parse_h264_sps(sps.front());
  std::uint32_t level = 0;
  for (const NalUnitView each : sps) level = std::max(level, parse_h264_sps(each).level);
  BitWriter writer;
  writer.bits(1, 8);
  writer.copy(sps.front(), 8, 24);  // profile and its constraints
  writer.bits(level, 8);
  writer.bits(0xFF, 8);  // lengths of four bytes
  writer.bits(7, 3);
  writer.bits(static_cast<std::uint32_t>(sps.size()), 5);
  append(writer, sps);
  writer.bits(static_cast<std::uint32_t>(pps.size()), 8);
  append(writer, pps);
  if (has_h264_chroma_format(first.profile)) {
    writer.bits(63, 6);
    writer.bits(first.chroma_format, 2);
    writer.bits(31, 5);
    writer.bits(first.luma_bits - 8, 3);
    writer.bits(31, 5);
    writer.bits(first.chroma_bits - 8, 3);
    writer.bits(0, 8);
  }
  return writer.bytes();
}

std::vector<std::byte> hvcc(const ParameterSets& sets) {
  const auto all = sets.of_type(hevc_sps);
  if (all.empty()) corrupt_record();
  const HevcSps sps = parse_hevc_sps(all.front());
  std::byte level = sps.profile.back();
  for (const NalUnitView each : all) level = std::max(level, parse_hevc_sps(each).profile.back());
  BitWriter writer;
  writer.bits(1, 8);
  writer.copy(sps.profile, 0, std::size_t{11} * 8);
  writer.bits(std::to_integer<std::uint32_t>(level), 8);
  writer.bits(0xF000, 16);  // spatial segmentation: not known
  writer.bits(0xFC, 8);     // parallelism: not known
  writer.bits(63, 6);
  writer.bits(sps.chroma_format, 2);
  writer.bits(31, 5);
  writer.bits(sps.luma_bits - 8, 3);
  writer.bits(31, 5);
  writer.bits(sps.chroma_bits - 8, 3);
  writer.bits(0, 16);  // mean frame rate: not known
  writer.bits(0, 2);
  writer.bits(static_cast<std::uint32_t>(sps.temporal_layers), 3);
  writer.flag(sps.is_nested);
  writer.bits(3, 2);  // lengths of four bytes
  writer.bits(3, 8);
  for (const int type : {hevc_vps, hevc_sps, hevc_pps}) {
    const auto units = sets.of_type(type);
    writer.bits(0x80U | static_cast<std::uint32_t>(type), 8);  // all of them are here
    writer.bits(static_cast<std::uint32_t>(units.size()), 16);
    append(writer, units);
  }
  return writer.bytes();
}

}  // namespace

bool ParameterSets::is_parameter_set(NalUnitView unit) const {
  if (codec_ == NalCodec::H264) {
    const int type = h264_nal_type(unit);
    return type == h264_sps || type == h264_pps;
  }
  const int type = hevc_nal_type(unit);
  return type >= hevc_vps && type <= hevc_pps;
}

ParameterSets::Key ParameterSets::key_of(NalUnitView unit) const {
  if (codec_ == NalCodec::H264) {
    const int type = h264_nal_type(unit);
    return {type, type == h264_sps ? parse_h264_sps(unit).id : parse_h264_pps(unit).id};
  }
  const int type = hevc_nal_type(unit);
  if (type == hevc_vps) return {type, hevc_vps_id(unit)};
  return {type, type == hevc_sps ? parse_hevc_sps(unit).id : hevc_pps_id(unit)};
}

bool ParameterSets::would_change(NalUnitView unit) const {
  if (!is_parameter_set(unit)) return false;
  const auto found = units_.find(key_of(unit));
  return found == units_.end() ||
         !std::equal(unit.begin(), unit.end(), found->second.begin(), found->second.end());
}

bool ParameterSets::take(NalUnitView unit) {
  if (!is_parameter_set(unit)) return false;
  const auto [at, is_new] = units_.try_emplace(key_of(unit), unit.begin(), unit.end());
  if (!is_new && !std::equal(unit.begin(), unit.end(), at->second.begin(), at->second.end())) {
    throw Error(ErrorKind::Unsupported, "read a video's parameter sets: they change on the way");
  }
  return true;
}

bool ParameterSets::has(int type, std::uint32_t id) const {
  return units_.contains(Key{type, id});
}

std::vector<NalUnitView> ParameterSets::of_type(int type) const {
  std::vector<NalUnitView> result;
  for (const auto& [key, unit] : units_) {
    if (key.type == type) result.emplace_back(unit);
  }
  return result;
}

H264ParameterSets ParameterSets::h264() const {
  HEATERS_CHECK(codec_ == NalCodec::H264);
  H264ParameterSets parsed;
  for (const NalUnitView unit : of_type(h264_sps)) {
    const H264Sps sps = parse_h264_sps(unit);
    parsed.sps[sps.id] = sps;
  }
  for (const NalUnitView unit : of_type(h264_pps)) {
    const H264Pps pps = parse_h264_pps(unit);
    if (parsed.sps.contains(pps.sps_id)) parsed.pps[pps.id] = pps;
  }
  return parsed;
}

NalFormat read_nal_format(NalCodec codec, std::span<const std::byte> extradata) {
  if (!extradata.empty() && extradata[0] == std::byte{1}) {
    return codec == NalCodec::H264 ? read_avcc(extradata) : read_hvcc(extradata);
  }
  NalFormat format{.length_bytes = 0, .sets = ParameterSets(codec)};
  for (const NalUnitView unit : split_nal_units(extradata, 0)) format.sets.take(unit);
  return format;
}

std::vector<std::byte> decoder_configuration(const ParameterSets& sets) {
  return sets.codec() == NalCodec::H264 ? avcc(sets) : hvcc(sets);
}

}  // namespace heaters::bitstream

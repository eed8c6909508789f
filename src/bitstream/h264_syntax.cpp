#include "bitstream/h264_syntax.h"

#include <algorithm>

#include "base/check.h"
#include "base/error.h"
#include "bitstream/bits.h"

namespace heaters::bitstream {

namespace {

[[noreturn]] void refuse_h264(const char* what) {
  throw Error(ErrorKind::Unsupported, std::string("read H.264: ") + what);
}

[[noreturn]] void corrupt_h264(const char* what) {
  throw Error(ErrorKind::Corrupt, std::string("read H.264: ") + what);
}

void skip_scaling_list(BitReader& reader, int size) {
  std::int32_t last = 8;
  std::int32_t next = 8;
  for (int i = 0; i < size; ++i) {
    if (next != 0) next = (last + reader.se() + 256) % 256;
    if (next != 0) last = next;
  }
}

void read_chroma_format(BitReader& reader, H264Sps& sps) {
  sps.chroma_format = reader.ue();
  if (sps.chroma_format == 3) sps.has_separate_planes = reader.flag();
  sps.luma_bits = 8 + reader.ue();
  sps.chroma_bits = 8 + reader.ue();
  if (sps.chroma_format > 3 || sps.luma_bits > 14 || sps.chroma_bits > 14) {
    corrupt_h264("a parameter set makes no sense");
  }
  reader.flag();
  if (!reader.flag()) return;
  for (int i = 0; i < (sps.chroma_format == 3 ? 12 : 8); ++i) {
    if (reader.flag()) skip_scaling_list(reader, i < 6 ? 16 : 64);
  }
}

int bits_of(std::uint32_t log2_minus_4) {
  if (log2_minus_4 > 12) corrupt_h264("a parameter set makes no sense");
  return static_cast<int>(log2_minus_4) + 4;
}

const H264Pps& pps_of(const H264SliceHeader& header, const H264ParameterSets& sets) {
  const auto found = sets.pps.find(header.pps_id);
  if (found == sets.pps.end()) corrupt_h264("a slice names a parameter set that is not there");
  return found->second;
}

const H264Sps& sps_of(const H264Pps& pps, const H264ParameterSets& sets) {
  const auto found = sets.sps.find(pps.sps_id);
  if (found == sets.sps.end()) corrupt_h264("a slice names a parameter set that is not there");
  return found->second;
}

void read_order_steps(BitReader& reader, std::vector<H264SliceHeader::Step>& steps) {
  if (!reader.flag()) return;
  for (;;) {
    const std::uint32_t operation = reader.ue();
    if (operation == 3) return;
    if (operation > 1) refuse_h264("references are kept for long");
    steps.push_back({operation, reader.ue()});
    if (steps.size() > 66) corrupt_h264("a slice header makes no sense");
  }
}

void skip_weights(BitReader& reader, const H264SliceHeader& header, const H264Sps& sps) {
  const bool has_chroma = sps.chroma_format != 0 && !sps.has_separate_planes;
  reader.ue();
  if (has_chroma) reader.ue();
  const int lists = header.kind() == H264SliceKind::B ? 2 : 1;
  for (int list = 0; list < lists; ++list) {
    for (std::uint32_t i = 0; i < header.references[static_cast<std::size_t>(list)]; ++i) {
      if (reader.flag()) {
        reader.se();
        reader.se();
      }
      if (has_chroma && reader.flag()) {
        for (int each = 0; each < 4; ++each) reader.se();
      }
    }
  }
}

bool has_weights(const H264SliceHeader& header, const H264Pps& pps) {
  return (pps.is_weighted && header.kind() == H264SliceKind::P) ||
         (pps.weighted_bipred == 1 && header.kind() == H264SliceKind::B);
}

void read_marking(BitReader& reader, H264SliceHeader& header) {
  if (header.is_idr) {
    header.keeps_old_output = reader.flag();
    if (reader.flag()) refuse_h264("references are kept for long");
    return;
  }
  header.is_adaptive = reader.flag();
  if (!header.is_adaptive) return;
  for (;;) {
    const std::uint32_t operation = reader.ue();
    if (operation == 0) return;
    if (operation != 1 && operation != 4) refuse_h264("references are kept for long, or all forgotten");
    const std::uint32_t value = reader.ue();
    // "No long-term references from now on" changes nothing where there are none.
    if (operation == 4 && value != 0) refuse_h264("references are kept for long");
    if (operation == 1) header.marking.push_back({operation, value});
    if (header.marking.size() > 66) corrupt_h264("a slice header makes no sense");
  }
}

void skip_rest(BitReader& reader, const H264SliceHeader& header, const H264Pps& pps) {
  if (pps.is_cabac && header.kind() != H264SliceKind::I) reader.ue();  // cabac_init_idc
  reader.se();                                                         // slice_qp_delta
  if (pps.has_deblocking_control && reader.ue() != 1) {
    reader.se();
    reader.se();
  }
}

void write_order_steps(BitWriter& writer, const std::vector<H264SliceHeader::Step>& steps) {
  writer.flag(!steps.empty());
  if (steps.empty()) return;
  for (const auto& step : steps) {
    writer.ue(step.operation);
    writer.ue(step.value);
  }
  writer.ue(3);
}

void write_marking(BitWriter& writer, const H264SliceHeader& header) {
  if (header.is_idr) {
    writer.flag(header.keeps_old_output);
    writer.flag(false);
    return;
  }
  writer.flag(header.is_adaptive);
  if (!header.is_adaptive) return;
  for (const auto& step : header.marking) {
    writer.ue(step.operation);
    writer.ue(step.value);
  }
  writer.ue(0);
}

}  // namespace

bool has_h264_chroma_format(std::uint32_t profile) {
  constexpr std::array profiles = {100U, 110U, 122U, 244U, 44U, 83U, 86U, 118U, 128U, 138U, 139U, 134U, 135U};
  return std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
}

H264Sps parse_h264_sps(NalUnitView unit) {
  const auto raw = unescape(unit);
  BitReader reader(raw);
  reader.skip(8);
  H264Sps sps;
  sps.profile = reader.bits(8);
  reader.skip(8);
  sps.level = reader.bits(8);
  sps.id = reader.ue();
  if (sps.id > 31) corrupt_h264("a parameter set makes no sense");
  if (has_h264_chroma_format(sps.profile)) read_chroma_format(reader, sps);
  sps.frame_num_bits = bits_of(reader.ue());
  sps.order_count_type = reader.ue();
  if (sps.order_count_type == 0) sps.order_count_bits = bits_of(reader.ue());
  if (sps.order_count_type == 1) {
    reader.flag();
    reader.se();
    reader.se();
    const std::uint32_t count = reader.ue();
    if (count > 255) corrupt_h264("a parameter set makes no sense");
    for (std::uint32_t i = 0; i < count; ++i) reader.se();
  }
  sps.max_references = reader.ue();
  reader.flag();
  reader.ue();
  reader.ue();
  sps.is_frames_only = reader.flag();
  return sps;
}

H264Pps parse_h264_pps(NalUnitView unit) {
  const auto raw = unescape(unit);
  BitReader reader(raw);
  reader.skip(8);
  H264Pps pps;
  pps.id = reader.ue();
  pps.sps_id = reader.ue();
  if (pps.id > 255 || pps.sps_id > 31) corrupt_h264("a parameter set makes no sense");
  pps.is_cabac = reader.flag();
  pps.has_bottom_order = reader.flag();
  pps.slice_groups = reader.ue() + 1;
  if (pps.slice_groups > 1) return pps;  // refused when a slice uses it
  for (auto& each : pps.references) {
    each = reader.ue() + 1;
    if (each > 32) corrupt_h264("a parameter set makes no sense");
  }
  pps.is_weighted = reader.flag();
  pps.weighted_bipred = reader.bits(2);
  reader.se();
  reader.se();
  reader.se();
  pps.has_deblocking_control = reader.flag();
  reader.flag();
  pps.has_redundant_pictures = reader.flag();
  return pps;
}

H264SliceHeader parse_h264_slice(std::span<const std::byte> raw, const H264ParameterSets& sets) {
  BitReader reader(raw);
  H264SliceHeader header;
  reader.flag();
  header.ref_idc = static_cast<int>(reader.bits(2));
  const std::uint32_t type = reader.bits(5);
  if (type != 1 && type != 5) refuse_h264("slices come in partitions");
  header.is_idr = type == 5;
  header.first_macroblock = reader.ue();
  header.slice_type = reader.ue();
  if (header.slice_type > 9) corrupt_h264("a slice header makes no sense");
  if (header.slice_type % 5 > 2) refuse_h264("switching slices");
  header.pps_id = reader.ue();
  const H264Pps& pps = pps_of(header, sets);
  const H264Sps& sps = sps_of(pps, sets);
  if (pps.slice_groups > 1) refuse_h264("slice groups");
  if (pps.has_redundant_pictures) refuse_h264("redundant pictures");
  if (sps.order_count_type == 1) refuse_h264("picture order count type 1");
  if (sps.has_separate_planes) header.colour_plane = reader.bits(2);
  header.frame_num = reader.bits(sps.frame_num_bits);
  if (!sps.is_frames_only && reader.flag()) refuse_h264("fields");
  if (header.is_idr) header.idr_pic_id = reader.ue();
  if (sps.order_count_type == 0) {
    header.order_count_lsb = reader.bits(sps.order_count_bits);
    if (pps.has_bottom_order) header.bottom_delta = reader.se();
  }
  if (header.kind() == H264SliceKind::B) header.is_direct_spatial = reader.flag();
  if (header.kind() != H264SliceKind::I) {
    header.references = pps.references;
    header.overrides_references = reader.flag();
    if (header.overrides_references) {
      header.references[0] = reader.ue() + 1;
      if (header.kind() == H264SliceKind::B) header.references[1] = reader.ue() + 1;
    }
    if (header.kind() == H264SliceKind::P) header.references[1] = 0;
    if (header.references[0] > 32 || header.references[1] > 32) corrupt_h264("a slice header makes no sense");
    read_order_steps(reader, header.order[0]);
    if (header.kind() == H264SliceKind::B) read_order_steps(reader, header.order[1]);
  }
  header.weights.begin = reader.position();
  if (has_weights(header, pps)) skip_weights(reader, header, sps);
  header.weights.end = reader.position();
  if (header.ref_idc != 0) read_marking(reader, header);
  header.rest.begin = reader.position();
  skip_rest(reader, header, pps);
  header.rest.end = reader.position();
  header.data_end = end_of_payload(raw);
  if (header.data_end < header.rest.end) corrupt_h264("a slice ends too early");
  return header;
}

NalUnit write_h264_slice(const H264SliceHeader& header, std::span<const std::byte> raw,
                         const H264ParameterSets& sets) {
  const H264Pps& pps = pps_of(header, sets);
  const H264Sps& sps = sps_of(pps, sets);
  BitWriter writer;
  writer.flag(false);
  writer.bits(static_cast<std::uint32_t>(header.ref_idc), 2);
  writer.bits(header.is_idr ? 5 : 1, 5);
  writer.ue(header.first_macroblock);
  writer.ue(header.slice_type);
  writer.ue(header.pps_id);
  if (sps.has_separate_planes) writer.bits(header.colour_plane, 2);
  writer.bits(header.frame_num, sps.frame_num_bits);
  if (!sps.is_frames_only) writer.flag(false);
  if (header.is_idr) writer.ue(header.idr_pic_id);
  if (sps.order_count_type == 0) {
    writer.bits(header.order_count_lsb, sps.order_count_bits);
    if (pps.has_bottom_order) writer.se(header.bottom_delta);
  }
  const bool is_bidirectional = header.kind() == H264SliceKind::B;
  if (is_bidirectional) writer.flag(header.is_direct_spatial);
  if (header.kind() != H264SliceKind::I) {
    writer.flag(header.overrides_references);
    if (header.overrides_references) {
      writer.ue(header.references[0] - 1);
      if (is_bidirectional) writer.ue(header.references[1] - 1);
    }
    write_order_steps(writer, header.order[0]);
    if (is_bidirectional) write_order_steps(writer, header.order[1]);
  }
  writer.copy(raw, header.weights.begin, header.weights.end);
  if (header.ref_idc != 0) write_marking(writer, header);
  writer.copy(raw, header.rest.begin, header.rest.end);
  if (pps.is_cabac) {
    writer.align(true);
    // Zeros behind the stop bit are part of such slices (cabac_zero_words).
    writer.copy(raw, (header.rest.end + 7) / 8 * 8, raw.size() * 8);
  } else {
    writer.copy(raw, header.rest.end, header.data_end);
    writer.align(false);
  }
  return escape(writer.bytes());
}

NalUnit with_idr_pic_id(NalUnitView unit, std::uint32_t added, const H264ParameterSets& sets) {
  if (h264_nal_type(unit) != static_cast<int>(H264NalType::Idr)) return {unit.begin(), unit.end()};
  const auto raw = unescape(unit);
  H264SliceHeader header = parse_h264_slice(raw, sets);
  header.idr_pic_id = (header.idr_pic_id + added) % 65536;
  return write_h264_slice(header, raw, sets);
}

}  // namespace heaters::bitstream

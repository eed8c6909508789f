#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "bitstream/nal_unit.h"

namespace heaters::bitstream {

// The parts of H.264's syntax (ITU-T H.264, 7.3) that tell which pictures depend on which. Progressive and
// MBAFF frames only: what has other pictures (fields, switching slices, slice groups, redundant pictures,
// long-term references, picture order count type 1) is refused with Unsupported by whoever meets it.

enum class H264NalType : int { Idr = 5, Sps = 7, Pps = 8 };  // table 7-1

inline int h264_nal_type(NalUnitView unit) {
  return unit.empty() ? 0 : std::to_integer<int>(unit[0] & std::byte{0x1F});
}
inline bool is_h264_slice(NalUnitView unit) {
  return h264_nal_type(unit) >= 1 && h264_nal_type(unit) <= 5;
}

struct H264Sps {
  std::uint32_t id = 0;
  std::uint32_t profile = 0;
  std::uint32_t level = 0;  // times ten
  std::uint32_t chroma_format = 1;
  std::uint32_t luma_bits = 8;
  std::uint32_t chroma_bits = 8;
  bool has_separate_planes = false;
  int frame_num_bits = 4;
  std::uint32_t order_count_type = 0;
  int order_count_bits = 4;
  std::uint32_t max_references = 0;
  bool is_frames_only = true;
};

struct H264Pps {
  std::uint32_t id = 0;
  std::uint32_t sps_id = 0;
  bool is_cabac = false;
  bool has_bottom_order = false;
  std::uint32_t slice_groups = 1;
  std::array<std::uint32_t, 2> references{1, 1};
  bool is_weighted = false;
  std::uint32_t weighted_bipred = 0;
  bool has_deblocking_control = false;
  bool has_redundant_pictures = false;
};

// Whether the profile's parameter sets tell of chroma format and bit depth (7.3.2.1.1).
bool has_h264_chroma_format(std::uint32_t profile);

// Both from a whole NAL unit. Throw Corrupt.
H264Sps parse_h264_sps(NalUnitView unit);
H264Pps parse_h264_pps(NalUnitView unit);

struct H264ParameterSets {
  std::map<std::uint32_t, H264Sps> sps;
  std::map<std::uint32_t, H264Pps> pps;
};

enum class H264SliceKind : std::uint32_t { P = 0, B = 1, I = 2 };

struct H264SliceHeader {
  // One step of the order of a reference list, or of what is done to references: its number and operand.
  struct Step {
    std::uint32_t operation = 0;
    std::uint32_t value = 0;
    bool operator==(const Step&) const = default;
  };
  // Bits of the unescaped unit that stand for themselves.
  struct Bits {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  int ref_idc = 0;
  bool is_idr = false;
  std::uint32_t first_macroblock = 0;
  std::uint32_t slice_type = 0;  // as coded, 0 to 9
  std::uint32_t pps_id = 0;
  std::uint32_t colour_plane = 0;
  std::uint32_t frame_num = 0;
  std::uint32_t idr_pic_id = 0;
  std::uint32_t order_count_lsb = 0;
  std::int32_t bottom_delta = 0;
  bool is_direct_spatial = false;
  bool overrides_references = false;
  std::array<std::uint32_t, 2> references{0, 0};  // entries of each list
  std::array<std::vector<Step>, 2> order;         // steps of ref_pic_list_modification, without the end
  Bits weights;                                   // pred_weight_table
  bool keeps_old_output = false;                  // no_output_of_prior_pics_flag
  bool is_adaptive = false;                       // adaptive_ref_pic_marking_mode_flag
  std::vector<Step> marking;                      // memory management control operations, without the end
  Bits rest;                                      // from cabac_init_idc to the end of the header
  std::size_t data_end = 0;                       // of the slice's data, stop bit included

  H264SliceKind kind() const { return static_cast<H264SliceKind>(slice_type % 5); }
};

// From the unescaped unit. Throws Corrupt, or Unsupported for what is named above.
H264SliceHeader parse_h264_slice(std::span<const std::byte> raw, const H264ParameterSets& sets);

// The unit with another header: `raw` is the one that `header` was parsed from, for the bits that stay.
NalUnit write_h264_slice(const H264SliceHeader& header, std::span<const std::byte> raw,
                         const H264ParameterSets& sets);

// A slice of an IDR picture with `added` added to the picture's idr_pic_id: two such pictures in a row must
// have different ones (7.4.3), also where streams of two encoders meet. Other units stay as they are.
NalUnit with_idr_pic_id(NalUnitView unit, std::uint32_t added, const H264ParameterSets& sets);

}  // namespace heaters::bitstream

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bitstream/h264_syntax.h"
#include "bitstream/nal_unit.h"

namespace heaters::bitstream {

// Lets an H.264 stream begin at a recovery point that is no IDR picture (an open group of pictures), without
// touching what is coded: the I picture becomes an IDR picture, and the pictures that follow get the frame
// numbers, order counts, reference lists and marking that name the same pictures when what came before, and
// the pictures that are left out, were never there. Only slice headers change, so that every picture decodes
// to the same samples. (ITU-T H.264: 7.3.3 slice header, 8.2.1 order count, 8.2.4 reference lists, 8.2.5
// marking.)
//
// Give it every picture in decoding order, beginning with the I picture. From the next IDR picture on units
// are as they were. Throws Unsupported for streams that the class cannot follow, Corrupt for damaged ones;
// then the clip must be encoded. Not thread-safe.
class H264Restart {
 public:
  explicit H264Restart(H264ParameterSets sets) : sets_(std::move(sets)) {}

  // A picture that stays: its units with other slices.
  std::vector<NalUnit> keep(std::span<const NalUnitView> units);
  // A picture that is left out: one that is shown before the I picture, and so may need what came before it.
  void leave_out(std::span<const NalUnitView> units);

 private:
  // A reference picture since the I picture, as the source numbers it and as the new stream does.
  struct Picture {
    std::int64_t id = 0;
    std::uint32_t old_frame_num = 0;
    std::uint32_t new_frame_num = 0;
    std::int64_t order = 0;
    bool is_kept = true;
  };
  // The picture being decoded, with what its slices have in common.
  struct Current {
    H264SliceHeader first;
    std::int64_t order = 0;
    std::uint32_t new_frame_num = 0;
    std::uint32_t modulus = 0;
    std::uint32_t max_references = 0;
  };
  using List = std::vector<std::optional<Picture>>;  // nullopt: a picture from before, or none

  bool begin_picture(std::span<const NalUnitView> units);
  std::int64_t order_of(const H264SliceHeader& header, const H264Sps& sps);
  void rewrite_first(H264SliceHeader& header) const;
  void rewrite(H264SliceHeader& header) const;
  void rewrite_order(H264SliceHeader& header, std::size_t list) const;
  void rewrite_marking(H264SliceHeader& header) const;
  List initial_list(const H264SliceHeader& header, std::size_t list, bool is_new) const;
  List old_list(const H264SliceHeader& header, std::size_t list) const;
  std::vector<Picture> marked_in_source() const;
  void end_picture(bool is_kept);

  H264ParameterSets sets_;
  std::vector<Picture> references_;      // as the source has them, in decoding order
  std::vector<Picture> new_references_;  // as the new stream has them
  Current current_;
  std::int64_t next_id_ = 0;
  bool has_begun_ = false;
  bool has_ended_ = false;  // at an IDR picture of the source
  std::uint32_t old_previous_frame_num_ = 0;
  std::uint32_t new_previous_frame_num_ = 0;
  std::int64_t previous_order_msb_ = 0;
  std::int64_t previous_order_lsb_ = 0;
  std::int64_t base_lsb_ = 0;  // of the I picture; taken off
};

}  // namespace heaters::bitstream

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "bitstream/h264_syntax.h"
#include "bitstream/nal_unit.h"

namespace heaters::bitstream {

enum class NalCodec { H264, Hevc };

// The parameter sets of a stream by kind (NAL unit type) and id.
class ParameterSets {
 public:
  explicit ParameterSets(NalCodec codec) : codec_(codec) {}

  // Takes a unit if it is a parameter set; then true. Throws Corrupt, or Unsupported when another set of the
  // same kind and id is there: one record cannot hold both.
  bool take(NalUnitView unit);
  // Whether a unit is a parameter set that take() would refuse or add to what is there.
  bool would_change(NalUnitView unit) const;

  bool has(int type, std::uint32_t id) const;
  bool empty() const { return units_.empty(); }
  NalCodec codec() const { return codec_; }
  // In the order of kind and id.
  std::vector<NalUnitView> of_type(int type) const;
  // Of H.264, parsed.
  H264ParameterSets h264() const;

 private:
  struct Key {
    int type;
    std::uint32_t id;
    auto operator<=>(const Key&) const = default;
  };
  bool is_parameter_set(NalUnitView unit) const;
  Key key_of(NalUnitView unit) const;

  NalCodec codec_;
  std::map<Key, NalUnit> units_;
};

// How a source has its units: from what its container says (libav's extradata).
struct NalFormat {
  int length_bytes = 0;  // before each unit; 0: start codes
  ParameterSets sets;
};
// Reads avcC or hvcC (ISO/IEC 14496-15, 5.3.3 and 8.3.3), or units behind start codes. Throws Corrupt.
NalFormat read_nal_format(NalCodec codec, std::span<const std::byte> extradata);

// The record, avcC or hvcC, of a track whose units have lengths of four bytes and which uses all of the sets.
// Profile is the first sequence parameter set's; the level is the highest. Throws Corrupt without one.
std::vector<std::byte> decoder_configuration(const ParameterSets& sets);

}  // namespace heaters::bitstream

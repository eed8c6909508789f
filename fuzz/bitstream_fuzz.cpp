// Hostile NAL units: parameter sets, slices and configurations are read or refused; what is written again can
// be read again, and says the same where nothing was to change.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "bitstream/decoder_configuration.h"
#include "bitstream/h264_restart.h"
#include "bitstream/hevc_syntax.h"

namespace {

using namespace heaters::bitstream;
using heaters::Error;

void expect(bool holds, int line) {
  if (holds) return;
  std::fprintf(stderr, "line %d does not hold\n", line);
  std::abort();
}

template <typename Action>
void refused_or(Action action) {
  try {
    action();
  } catch (const Error&) {
    // An answer, too.
  }
}

void rewrite_slices(const std::vector<NalUnitView>& units, const H264ParameterSets& sets) {
  H264Restart restart(sets);
  bool is_first = true;
  for (const NalUnitView unit : units) {
    if (!is_h264_slice(unit)) continue;
    refused_or([&] {
      const auto raw = unescape(unit);
      const H264SliceHeader header = parse_h264_slice(raw, sets);
      const NalUnit written = write_h264_slice(header, raw, sets);
      const H264SliceHeader again = parse_h264_slice(unescape(written), sets);
      expect(again.frame_num == header.frame_num && again.order == header.order &&
                 again.marking == header.marking,
             __LINE__);
    });
    refused_or([&] {
      const std::vector<NalUnitView> picture{unit};
      if (!is_first && unit.size() % 5 == 0) {
        restart.leave_out(picture);
      } else {
        for (const NalUnit& kept : restart.keep(picture)) parse_h264_slice(unescape(kept), sets);
        is_first = false;
      }
    });
  }
}

void read_all(NalCodec codec, std::span<const std::byte> bytes) {
  NalFormat format{.length_bytes = 0, .sets = ParameterSets(codec)};
  refused_or([&] { format = read_nal_format(codec, bytes); });
  const auto units = split_nal_units(bytes, 0);
  for (const NalUnitView unit : units) {
    refused_or([&] { format.sets.take(unit); });
    if (codec == NalCodec::Hevc) {
      refused_or([&] { with_hevc_ids(unit, {.vps = 1, .sps = 2, .pps = 16}); });
      without_leading_pictures(unit);
    }
    // Zeros at the end come in pairs (cabac_zero_words), or are hostile.
    const auto raw = unescape(unit);
    expect(raw.back() == std::byte{0} || unescape(escape(raw)) == raw, __LINE__);
  }
  refused_or([&] {
    const auto record = decoder_configuration(format.sets);
    const NalFormat again = read_nal_format(codec, record);
    expect(decoder_configuration(again.sets) == record, __LINE__);
  });
  if (codec == NalCodec::H264) refused_or([&] { rewrite_slices(units, format.sets.h264()); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  read_all(data[0] % 2 == 0 ? NalCodec::H264 : NalCodec::Hevc, bytes);
  return 0;
}

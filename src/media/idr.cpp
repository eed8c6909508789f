#include "media/idr.h"

#include <algorithm>
#include <span>

#include "base/error.h"
#include "bitstream/h264_syntax.h"

namespace heaters::media {

std::optional<int> h264_length_bytes(const AVCodecParameters& codec) {
  constexpr std::uint8_t length_size_mask = 3;
  if (codec.codec_id != AV_CODEC_ID_H264) return std::nullopt;
  // A configuration record begins with its version, start codes with 0 (ISO/IEC 14496-15, 5.3.3).
  if (codec.extradata_size < 7 || codec.extradata[0] != 1) return 0;
  return (codec.extradata[4] & length_size_mask) + 1;
}

bool has_idr(const AVPacket& packet, int length_bytes) {
  if (packet.data == nullptr || packet.size <= 0) return false;
  try {
    const auto units = bitstream::split_nal_units(bytes_of(packet.data, packet.size), length_bytes);
    return std::any_of(units.begin(), units.end(), [](bitstream::NalUnitView unit) {
      return bitstream::h264_nal_type(unit) == static_cast<int>(bitstream::H264NalType::Idr);
    });
  } catch (const Error&) {
    return false;
  }
}

}  // namespace heaters::media

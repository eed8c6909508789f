#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "media/frame_table.h"
#include "media/media_info.h"
#include "media/sinks.h"

namespace heaters::media {

class Demuxer;

// What a browser needs to decode a proxy frame by frame (WebCodecs): the decoder's configuration, when each
// frame is shown, and where each packet is, in the order in which they are decoded, with the number of the
// frame that comes of it. So the number of a decoded frame is known by construction, whatever the player
// thinks of time.
struct PacketIndex {
  struct Packet {
    std::int64_t offset = 0;  // bytes into the proxy
    std::uint32_t bytes = 0;
    bool is_keyframe = false;          // an IDR picture: a decoder can begin with it, whatever it is
    std::optional<FrameNumber> frame;  // nullopt: decoded, but never shown
    bool operator==(const Packet&) const = default;
  };

  std::string codec;                   // RFC 6381: "avc1.64001f"
  std::vector<std::byte> description;  // AVCDecoderConfigurationRecord (ISO/IEC 14496-15)
  int display_width = 0;               // square pixels, before rotation
  int display_height = 0;
  int rotation = 0;               // degrees clockwise to show it upright
  Rational time_base{1, 1};       // of the source
  std::vector<std::int64_t> pts;  // by frame number
  std::vector<Packet> packets;

  // The form on disk, described in docs/formats.md: about 6 bytes a frame.
  std::vector<std::byte> encode() const;
  // Throws Corrupt.
  static PacketIndex decode(std::span<const std::byte> bytes);

  bool operator==(const PacketIndex&) const = default;
};

// Notes the packets of a file's video stream as they go by. 32 bytes a packet in memory.
class PacketRecorder : public PacketSink {
 public:
  explicit PacketRecorder(const Demuxer& demuxer);
  void consume(const AVPacket& packet) override;
  void finish() override {}

  struct Seen {
    std::int64_t offset = -1;  // -1: the container does not tell
    std::optional<std::int64_t> pts;
    std::uint32_t bytes = 0;
    bool is_idr = false;
    bool is_shown = true;
  };
  const std::vector<Seen>& packets() const { return packets_; }

 private:
  int stream_index_;
  std::optional<int> nal_length_bytes_;  // nullopt: no H.264 in the form that MP4 has it
  std::vector<Seen> packets_;
};

// The index of a proxy whose packets were recorded. Packets that are shown are the frames of the table in the
// order of their times; when there are not as many (damaged ones gave no picture), they are told by where
// they are. nullopt when the proxy is no H.264 in MP4 with its configuration in the header, or the container
// does not say where packets are: then nothing but the player can decode it.
std::optional<PacketIndex> index_packets(const Demuxer& proxy, const PacketRecorder& recorder,
                                         const FrameTable& table);

}  // namespace heaters::media

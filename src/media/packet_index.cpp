#include "media/packet_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "base/varint.h"
#include "media/av.h"
#include "media/demuxer.h"
#include "media/idr.h"

namespace heaters::media {

namespace {

constexpr std::array<std::byte, 4> index_magic = {std::byte{'H'}, std::byte{'P'}, std::byte{'I'},
                                                  std::byte{1}};
constexpr std::uint64_t keyframe_flag = 1;
constexpr std::uint64_t shown_flag = 2;

std::uint64_t wrapping(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

// Whether a stream is H.264 with its configuration in the header, as in MP4.
bool has_avc_configuration(const AVCodecParameters& codec) {
  return h264_length_bytes(codec).value_or(0) > 0;
}

// Which frame each packet becomes.
std::vector<std::optional<FrameNumber>> frames_of(const std::vector<PacketRecorder::Seen>& packets,
                                                  const FrameTable& table) {
  std::vector<std::optional<FrameNumber>> frames(packets.size());
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (packets[i].is_shown && packets[i].pts) shown.push_back(i);
  }
  if (static_cast<FrameNumber>(shown.size()) == table.size()) {
    std::sort(shown.begin(), shown.end(),
              [&](std::size_t a, std::size_t b) { return *packets[a].pts < *packets[b].pts; });
    for (std::size_t i = 0; i < shown.size(); ++i) frames[shown[i]] = static_cast<FrameNumber>(i);
    return frames;
  }
  std::unordered_map<std::int64_t, FrameNumber> by_offset;
  for (FrameNumber frame = 0; frame < table.size(); ++frame) by_offset.emplace(table[frame].offset, frame);
  for (const std::size_t i : shown) {
    const auto found = by_offset.find(packets[i].offset);
    if (found != by_offset.end()) frames[i] = found->second;
  }
  return frames;
}

}  // namespace

PacketRecorder::PacketRecorder(const Demuxer& demuxer) : stream_index_(demuxer.info().video.index) {
  const AVCodecParameters& codec = *demuxer.video_stream().codecpar;
  if (has_avc_configuration(codec)) nal_length_bytes_ = h264_length_bytes(codec);
}

void PacketRecorder::consume(const AVPacket& packet) {
  if (packet.stream_index != stream_index_) return;
  const bool is_idr =
      (packet.flags & AV_PKT_FLAG_KEY) != 0 && nal_length_bytes_ && has_idr(packet, *nal_length_bytes_);
  packets_.push_back({packet.pos, packet.pts == AV_NOPTS_VALUE ? std::nullopt : std::optional(packet.pts),
                      static_cast<std::uint32_t>(std::max(packet.size, 0)), is_idr,
                      (packet.flags & AV_PKT_FLAG_DISCARD) == 0});
}

std::optional<PacketIndex> index_packets(const Demuxer& proxy, const PacketRecorder& recorder,
                                         const FrameTable& table) {
  const AVCodecParameters& codec = *proxy.video_stream().codecpar;
  if (!has_avc_configuration(codec)) return std::nullopt;
  PacketIndex index;
  const auto* const record = reinterpret_cast<const std::byte*>(codec.extradata);
  index.description.assign(record, record + codec.extradata_size);
  index.codec =
      fmt::format("avc1.{:02x}{:02x}{:02x}", codec.extradata[1], codec.extradata[2], codec.extradata[3]);
  const VideoStreamInfo& video = proxy.info().video;
  index.display_width =
      std::max(1, static_cast<int>(std::lround(video.width * to_double(video.pixel_aspect))));
  index.display_height = video.height;
  index.rotation = video.rotation;
  index.time_base = table.time_base();
  index.pts.reserve(static_cast<std::size_t>(table.size()));
  for (FrameNumber frame = 0; frame < table.size(); ++frame) index.pts.push_back(table[frame].pts);
  const auto frames = frames_of(recorder.packets(), table);
  index.packets.reserve(frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const PacketRecorder::Seen& seen = recorder.packets()[i];
    if (seen.offset < 0) return std::nullopt;
    index.packets.push_back({seen.offset, seen.bytes, seen.is_idr, frames[i]});
  }
  return index;
}

std::vector<std::byte> PacketIndex::encode() const {
  VarintWriter writer;
  writer.put_bytes(index_magic);
  writer.put_unsigned(codec.size());
  writer.put_bytes(std::as_bytes(std::span(codec)));
  writer.put_unsigned(description.size());
  writer.put_bytes(description);
  writer.put_unsigned(static_cast<std::uint64_t>(display_width));
  writer.put_unsigned(static_cast<std::uint64_t>(display_height));
  writer.put_unsigned(static_cast<std::uint64_t>(rotation));
  writer.put_unsigned(static_cast<std::uint64_t>(time_base.num));
  writer.put_unsigned(static_cast<std::uint64_t>(time_base.den));
  writer.put_unsigned(pts.size());
  std::uint64_t time = 0;
  std::uint64_t step = 0;
  for (const std::int64_t each : pts) {
    const std::uint64_t new_step = wrapping(each) - time;
    writer.put_signed(static_cast<std::int64_t>(new_step - step));
    time = wrapping(each);
    step = new_step;
  }
  writer.put_unsigned(packets.size());
  std::int64_t expected_offset = 0;
  FrameNumber previous = 0;
  for (const Packet& packet : packets) {
    writer.put_signed(packet.offset - expected_offset);
    writer.put_unsigned(std::uint64_t{packet.bytes} << 2 | (packet.frame ? shown_flag : 0) |
                        (packet.is_keyframe ? keyframe_flag : 0));
    if (packet.frame) {
      writer.put_signed(*packet.frame - previous);
      previous = *packet.frame;
    }
    expected_offset = packet.offset + packet.bytes;
  }
  return writer.take();
}

PacketIndex PacketIndex::decode(std::span<const std::byte> bytes) {
  VarintReader reader(bytes, "packet index");
  reader.expect(index_magic);
  PacketIndex index;
  // Counts that cannot be true must not allocate.
  const auto count_of = [&](std::uint64_t least_bytes) {
    const std::uint64_t count = reader.get_unsigned();
    if (count > reader.remaining() / least_bytes) reader.fail("is shorter than it says");
    return count;
  };
  const auto codec = reader.get_bytes(count_of(1));
  index.codec.assign(reinterpret_cast<const char*>(codec.data()), codec.size());
  const auto description = reader.get_bytes(count_of(1));
  index.description.assign(description.begin(), description.end());
  index.display_width = static_cast<int>(reader.get_unsigned());
  index.display_height = static_cast<int>(reader.get_unsigned());
  index.rotation = static_cast<int>(reader.get_unsigned());
  index.time_base.num = static_cast<std::int64_t>(reader.get_unsigned());
  index.time_base.den = static_cast<std::int64_t>(reader.get_unsigned());
  std::uint64_t time = 0;
  std::uint64_t step = 0;
  index.pts.resize(count_of(1));
  for (std::int64_t& each : index.pts) {
    step += wrapping(reader.get_signed());
    time += step;
    each = static_cast<std::int64_t>(time);
  }
  std::uint64_t expected_offset = 0;
  std::uint64_t frame = 0;
  index.packets.resize(count_of(2));
  for (Packet& packet : index.packets) {
    packet.offset = static_cast<std::int64_t>(expected_offset + wrapping(reader.get_signed()));
    const std::uint64_t size_and_flags = reader.get_unsigned();
    packet.bytes = static_cast<std::uint32_t>(size_and_flags >> 2);
    packet.is_keyframe = (size_and_flags & keyframe_flag) != 0;
    if ((size_and_flags & shown_flag) != 0) {
      frame += wrapping(reader.get_signed());
      if (frame >= index.pts.size()) reader.fail("names a frame that there is not");
      packet.frame = static_cast<FrameNumber>(frame);
    }
    expected_offset = wrapping(packet.offset) + packet.bytes;
  }
  if (!reader.at_end()) reader.fail("is longer than it says");
  return index;
}

}  // namespace heaters::media

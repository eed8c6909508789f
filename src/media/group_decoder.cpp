#include "media/group_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "media/av.h"
#include "media/decoder.h"

namespace heaters::media {

GroupDecoder::GroupDecoder(const std::filesystem::path& path, const GroupScan& scan, std::stop_token stop)
    : stop_(std::move(stop)),
      demuxer_(path, stop_),
      scan_(scan),
      decoder_(std::make_unique<Decoder>(demuxer_.video_stream(), Deblocking::ReferencedOnly,
                                         fmt::format("decode \"{}\"", path.string()), DecodingThreads::One)) {
}

GroupDecoder::~GroupDecoder() = default;

bool GroupDecoder::decode(std::size_t group, const std::function<bool(const Frame&)>& wants_more) {
  const FrameSpan span = scan_.group(group);
  // When its keyframe has been sent already, by a decoder that works ahead, it goes on from there.
  if (keyframes_read_ <= group && !go_to(group)) return false;
  FrameNumber expected = span.begin;
  while (true) {
    std::optional<Frame> frame = next_frame();
    if (!frame) return group + 1 == scan_.groups() && expected == span.end;
    const std::int64_t pts = frame->pts();
    // Leading pictures of an open group, which need what was not decoded, and what is left of the group
    // before.
    if (expected == span.begin && pts < scan_.pts[static_cast<std::size_t>(expected)]) continue;
    if (expected == span.end) {
      ahead_ = std::move(frame);
      return true;
    }
    if (pts != scan_.pts[static_cast<std::size_t>(expected)]) return false;
    if (!wants_more(Frame(frame->av(), expected, pts))) return true;
    ++expected;
  }
}

// The next packet of the video; nullptr at the end.
const AVPacket* GroupDecoder::read() {
  while (const AVPacket* packet = demuxer_.next()) {
    if (stop_.stop_requested()) {
      throw Error(ErrorKind::Cancelled, fmt::format("decode \"{}\": stopped", demuxer_.path().string()));
    }
    if (packet->stream_index != demuxer_.info().video.index) continue;
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0) ++keyframes_read_;
    return packet;
  }
  return nullptr;
}

// Reads on to a keyframe, with a decoder that knows nothing of what was before.
bool GroupDecoder::go_to(std::size_t group) {
  decoder_->flush();
  ahead_.reset();
  at_end_ = false;
  do {
    waiting_ = read();
  } while (waiting_ != nullptr && keyframes_read_ <= group);
  return waiting_ != nullptr;
}

bool GroupDecoder::send_next() {
  if (at_end_) return false;
  const AVPacket* packet = std::exchange(waiting_, nullptr);
  if (packet == nullptr) packet = read();
  at_end_ = packet == nullptr;
  decoder_->send(packet);
  return true;
}

std::optional<Frame> GroupDecoder::next_frame() {
  if (ahead_) return std::exchange(ahead_, std::nullopt);
  while (true) {
    if (const AVFrame* decoded = decoder_->receive())
      return Frame(*decoded, 0, decoded->best_effort_timestamp);
    if (!send_next()) return std::nullopt;
  }
}

}  // namespace heaters::media

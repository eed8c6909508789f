#include "media/group_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "media/av.h"
#include "media/decoder.h"

namespace heaters::media {

namespace {

constexpr FrameNumber unknown = -1;

}  // namespace

GroupDecoder::GroupDecoder(const std::filesystem::path& path, const GroupScan& scan, Deblocking deblocking,
                           std::stop_token stop)
    : stop_(std::move(stop)),
      demuxer_(path, stop_),
      scan_(scan),
      decoder_(std::make_unique<Decoder>(demuxer_.video_stream(), deblocking,
                                         fmt::format("decode \"{}\"", path.string()), DecodingThreads::One)),
      states_(scan.pts.size(), State::Pending) {
  const AVCodecID codec = demuxer_.video_stream().codecpar->codec_id;
  in_decoding_order_ = codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC;
  if (in_decoding_order_) decoder_->give_in_decoding_order();
}

GroupDecoder::~GroupDecoder() = default;

bool GroupDecoder::decode(std::size_t group, GroupListener& listener) {
  const FrameSpan span = scan_.group(group);
  // When its keyframe has been sent already, for the frames that are shown before it, it goes on from there.
  if (keyframes_read_ <= group && !go_to(group)) return false;
  for (FrameNumber next = span.begin; next < span.end; ++next) {
    while (states_[static_cast<std::size_t>(next)] == State::Pending) {
      if (!decode_next(listener, span.begin)) return false;
    }
    if (!listener.wants_more(next + 1)) return true;
  }
  return true;
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
  next_shown_ = scan_.keyframes[group];
  do {
    waiting_ = read();
  } while (waiting_ != nullptr && keyframes_read_ <= group);
  return waiting_ != nullptr;
}

// False when another picture came than the scan promised, or no more come.
bool GroupDecoder::decode_next(GroupListener& listener, FrameNumber group_begin) {
  const AVPacket* packet = std::exchange(waiting_, nullptr);
  if (packet == nullptr) packet = read();
  if (packet == nullptr) {
    decoder_->send(nullptr);
    return hand_over(listener) > 0;
  }
  const FrameNumber frame = number_of(packet->pts);
  if (frame == unknown) return false;
  // Shown before the keyframe of an open group: nobody wants it, and it may need what was not decoded.
  if (frame < group_begin) return true;
  const bool may_be_left_out = in_decoding_order_ && listener.may_leave_out(frame);
  if (in_decoding_order_) decoder_->leave_out_unreferenced(may_be_left_out);
  decoder_->send(packet);
  if (decoder_->errors() > 0 || hand_over(listener) < 0) return false;
  State& state = states_[static_cast<std::size_t>(frame)];
  if (state == State::Pending && may_be_left_out) state = State::LeftOut;
  return state != State::Pending || !in_decoding_order_;
}

// How many pictures came; negative when other ones came than the scan promised.
int GroupDecoder::hand_over(GroupListener& listener) {
  int pictures = 0;
  while (const AVFrame* shown = decoder_->receive()) {
    const FrameNumber frame = number_of(shown->best_effort_timestamp);
    if (frame == unknown || !are_shown_up_to(frame)) return -1;
    if (in_decoding_order_) continue;
    give(*shown, frame, listener);
    ++pictures;
  }
  if (!in_decoding_order_) return pictures;
  if (decoder_->errors() > 0) return -1;
  const AVFrame* const decoded = decoder_->begun();
  if (decoded == nullptr) return 0;
  const FrameNumber frame = number_of(decoded->pts);
  if (frame == unknown) return -1;
  give(*decoded, frame, listener);
  return 1;
}

void GroupDecoder::give(const AVFrame& picture, FrameNumber frame, GroupListener& listener) {
  states_[static_cast<std::size_t>(frame)] = State::Decoded;
  listener.on_picture(Frame(picture, frame, scan_.pts[static_cast<std::size_t>(frame)]));
}

// Whether the decoder shows what it decodes, in the order of the scan: it does not where a stream says so,
// and where a picture is not whole.
bool GroupDecoder::are_shown_up_to(FrameNumber frame) {
  if (frame < next_shown_) return false;
  for (; next_shown_ < frame; ++next_shown_) {
    if (states_[static_cast<std::size_t>(next_shown_)] == State::Decoded) return false;
  }
  ++next_shown_;
  return true;
}

FrameNumber GroupDecoder::number_of(std::int64_t pts) const {
  const auto place = std::lower_bound(scan_.pts.begin(), scan_.pts.end(), pts);
  return place != scan_.pts.end() && *place == pts ? place - scan_.pts.begin() : unknown;
}

}  // namespace heaters::media

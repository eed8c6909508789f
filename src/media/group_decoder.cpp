#include "media/group_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "media/av.h"
#include "media/decoder.h"
#include "media/group_packets.h"

namespace heaters::media {

namespace {

constexpr FrameNumber unknown = -1;

// Of packets, while they wait for a keyframe.
constexpr std::uint64_t most_held_bytes = 64'000'000;
constexpr std::uint64_t bytes_beside_data = 300;  // of a packet

// Decoders make up what they cannot decode, differently by what they decoded before.
bool is_damaged(const AVFrame& frame) {
  return frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
}

}  // namespace

GroupDecoder::GroupDecoder(const std::filesystem::path& path, const GroupScan& scan, Deblocking deblocking,
                           std::stop_token stop)
    : scan_(scan),
      deblocking_(deblocking),
      packets_(std::make_unique<GroupPackets>(path, std::move(stop))),
      states_(scan.pts.size(), State::Pending) {
  const AVCodecID codec = packets_->demuxer().video_stream().codecpar->codec_id;
  in_decoding_order_ = codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC;
  now_ = begin();
}

GroupDecoder::~GroupDecoder() = default;

GroupDecoder::Decoding GroupDecoder::begin() const {
  const Demuxer& demuxer = packets_->demuxer();
  Decoding decoding{.decoder = std::make_unique<Decoder>(
                        demuxer.video_stream(), deblocking_,
                        fmt::format("decode \"{}\"", demuxer.path().string()), DecodingThreads::One)};
  if (in_decoding_order_) decoding.decoder->give_in_decoding_order();
  return decoding;
}

// With a decoder that knows nothing of what was before.
void GroupDecoder::restart(Decoding& decoding, std::size_t group) const {
  decoding.decoder->flush();
  decoding.next_shown = scan_.keyframes[group];
}

bool GroupDecoder::decode(std::size_t group, GroupListener& listener) {
  const FrameSpan span = scan_.group(group);
  group_begin_ = span.begin;
  if (begun_ == group) {
    std::swap(now_, *next_);
    packets_->drop_held();
    waiting_ = nullptr;
  } else if (packets_->keyframes_taken() <= group && !go_to(group)) {
    return false;
  }
  // When its keyframe has been sent already, for the frames that are shown before it, it goes on from there.
  begun_.reset();
  if (listener.wants_next_keyframe(group) && is_held(group) && !look_ahead(group, listener)) return false;
  for (FrameNumber next = span.begin; next < span.end; ++next) {
    while (states_[static_cast<std::size_t>(next)] == State::Pending) {
      if (!decode_next(listener)) return false;
    }
    if (!listener.wants_more(next + 1)) return true;
  }
  return true;
}

bool GroupDecoder::go_to(std::size_t group) {
  restart(now_, group);
  do {
    waiting_ = packets_->next();
  } while (waiting_ != nullptr && packets_->keyframes_taken() <= group);
  return waiting_ != nullptr;
}

// Whether packets of the group may be held until the next keyframe, if there is one.
bool GroupDecoder::is_held(std::size_t group) const {
  if (group + 1 >= scan_.groups()) return false;
  const FrameSpan span = scan_.group(group);
  const auto begin = scan_.bytes.begin();
  const auto packets = static_cast<std::uint64_t>(span.end - span.begin);
  return std::accumulate(begin + span.begin, begin + span.end, packets * bytes_beside_data) <=
         most_held_bytes;
}

// Decodes the keyframe after the group, by the decoder that will go on from there. False when it is not what
// the scan promised.
bool GroupDecoder::look_ahead(std::size_t group, GroupListener& listener) {
  const AVPacket* const keyframe = packets_->peek_keyframe();
  const FrameNumber frame = scan_.keyframes[group + 1];
  if (keyframe == nullptr || number_of(keyframe->pts) != frame) return false;
  if (!next_) next_ = begin();
  restart(*next_, group + 1);
  if (in_decoding_order_) next_->decoder->leave_out_unreferenced(false);
  next_->decoder->send(keyframe);
  if (next_->decoder->errors() > 0 || hand_over(*next_, listener) < 0) return false;
  if (is_decoded(frame)) {
    // What is shown before the keyframe may need it: then it is decoded with the group once more.
    if (scan_.ends_behind_next_keyframe[group]) return true;
    packets_->take_keyframe();
    begun_ = group + 1;
    return true;
  }
  // A decoder that waits for another packet gives what it has at its end, and cannot go on from there.
  next_->decoder->send(nullptr);
  return hand_over(*next_, listener) > 0 && is_decoded(frame);
}

bool GroupDecoder::is_decoded(FrameNumber frame) const {
  return states_[static_cast<std::size_t>(frame)] == State::Decoded;
}

// False when another picture came than the scan promised, or no more come.
bool GroupDecoder::decode_next(GroupListener& listener) {
  const AVPacket* packet = std::exchange(waiting_, nullptr);
  // When the next group has been begun, the packets of this one are those that are held.
  if (packet == nullptr && (!begun_ || packets_->has_held())) packet = packets_->next();
  if (packet == nullptr) {
    now_.decoder->send(nullptr);
    return hand_over(now_, listener) > 0;
  }
  const FrameNumber frame = number_of(packet->pts);
  if (frame == unknown) return false;
  // Shown before the keyframe of an open group: nobody wants it, and it may need what was not decoded.
  if (frame < group_begin_) return true;
  const bool may_be_left_out = in_decoding_order_ && listener.may_leave_out(frame);
  if (in_decoding_order_) now_.decoder->leave_out_unreferenced(may_be_left_out);
  now_.decoder->send(packet);
  if (now_.decoder->errors() > 0 || hand_over(now_, listener) < 0) return false;
  State& state = states_[static_cast<std::size_t>(frame)];
  if (state == State::Pending && may_be_left_out) state = State::LeftOut;
  return state != State::Pending || !in_decoding_order_;
}

// How many pictures came; negative when other ones came than the scan promised.
int GroupDecoder::hand_over(Decoding& decoding, GroupListener& listener) {
  int pictures = 0;
  while (const AVFrame* shown = decoding.decoder->receive()) {
    const FrameNumber frame = number_of(shown->best_effort_timestamp);
    if (frame == unknown || !are_shown_up_to(decoding, frame) || is_damaged(*shown)) return -1;
    if (in_decoding_order_) continue;
    give(*shown, frame, listener);
    ++pictures;
  }
  if (!in_decoding_order_) return pictures;
  if (decoding.decoder->errors() > 0) return -1;
  const AVFrame* const decoded = decoding.decoder->begun();
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
bool GroupDecoder::are_shown_up_to(Decoding& decoding, FrameNumber frame) const {
  if (frame < decoding.next_shown) return false;
  for (; decoding.next_shown < frame; ++decoding.next_shown) {
    // What comes in the order shown cannot come later, but of what is before the group nothing is wanted.
    const bool is_missing = !in_decoding_order_ && decoding.next_shown >= group_begin_;
    if (is_missing || is_decoded(decoding.next_shown)) return false;
  }
  ++decoding.next_shown;
  return true;
}

FrameNumber GroupDecoder::number_of(std::int64_t pts) const {
  const auto place = std::lower_bound(scan_.pts.begin(), scan_.pts.end(), pts);
  return place != scan_.pts.end() && *place == pts ? place - scan_.pts.begin() : unknown;
}

}  // namespace heaters::media

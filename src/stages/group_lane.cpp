#include "stages/group_lane.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "shots/cut_evidence.h"
#include "shots/group_choice.h"

namespace heaters::stages {

namespace {

// From one frame that is decoded to the next.
constexpr FrameNumber most_apart = 4;

}  // namespace

GroupLane::GroupLane(const std::filesystem::path& path, const media::GroupScan& scan, GroupPictures& pictures,
                     std::stop_token stop)
    : scan_(scan), out_(pictures), decoder_(path, scan, media::Deblocking::None, std::move(stop)) {}

bool GroupLane::look_at(std::size_t group) {
  group_ = group;
  span_ = scan_.group(group);
  has_given_ = false;
  ahead_.erase(ahead_.begin(), ahead_.lower_bound(span_.begin));
  return decoder_.decode(group, *this) && is_wanted_;
}

// Where packets rule out that the end of the group can be passed over, its picture is of no use.
bool GroupLane::wants_next_keyframe(std::size_t group) {
  if (group + 1 >= scan_.groups()) return false;
  const std::span between(scan_.bytes.data() + span_.begin + 1,
                          static_cast<std::size_t>(span_.end - span_.begin - 1));
  return shots::has_calm_end(between, smaller_keyframe_bytes());
}

std::uint32_t GroupLane::smaller_keyframe_bytes() const {
  return std::min(bytes(span_.begin), bytes(span_.end));
}

void GroupLane::on_picture(const media::Frame& frame) {
  const FrameNumber first_wanted = has_given_ ? newest_number_ + 1 : span_.begin;
  if (frame.number() >= first_wanted) ahead_.insert_or_assign(frame.number(), reader_.read(frame));
}

bool GroupLane::may_leave_out(FrameNumber frame) {
  if (!has_given_ || frame <= newest_number_ || frame >= span_.end) return false;
  const auto after = ahead_.upper_bound(frame);
  if (after == ahead_.end()) return false;
  const bool is_first = after == ahead_.begin();
  const FrameNumber before = is_first ? newest_number_ : std::prev(after)->first;
  if (after->first - before > most_apart) return false;
  const std::uint32_t largest = std::max(predicted_bytes(before), predicted_bytes(after->first));
  return shots::may_leave_out(is_first ? newest_ : std::prev(after)->second, after->second, bytes(frame),
                              largest, kernels_);
}

// Of a keyframe none: it holds a whole picture, and tells nothing of how large a packet is that does not.
std::uint32_t GroupLane::predicted_bytes(FrameNumber frame) const {
  const bool is_keyframe = std::binary_search(scan_.keyframes.begin(), scan_.keyframes.end(), frame);
  return is_keyframe ? 0 : bytes(frame);
}

bool GroupLane::wants_more(FrameNumber next) {
  const auto picture = ahead_.begin();
  if (picture == ahead_.end() || picture->first >= next) return true;  // left out
  is_wanted_ = give(picture->first, picture->second);
  ahead_.erase(picture);
  return is_wanted_ && !may_skip_after(newest_number_, newest_);
}

bool GroupLane::give(FrameNumber frame, const shots::SmallPicture& picture) {
  newest_ = picture;
  newest_number_ = frame;
  has_given_ = true;
  return out_.give(group_, frame, picture);
}

bool GroupLane::may_skip_after(FrameNumber frame, const shots::SmallPicture& picture) const {
  const auto next = ahead_.find(span_.end);
  if (next == ahead_.end() || frame + 1 >= span_.end) return false;
  // A little more is needed to judge what was just seen.
  if (frame > span_.begin && frame - span_.begin < shots::evidence_reach) return false;
  // From the frames before it on: a change whose judgement needs them.
  const FrameNumber from = std::max(span_.begin + 1, frame + 1 - shots::evidence_reach);
  const std::span between(scan_.bytes.data() + from, static_cast<std::size_t>(span_.end - from));
  return shots::may_pass_over(picture, next->second, between, smaller_keyframe_bytes(), kernels_);
}

}  // namespace heaters::stages

#include "shots/group_choice.h"

#include <algorithm>
#include <vector>

#include "shots/picture_difference.h"

namespace heaters::shots {

namespace {

// Of one scene: the keyframes of two shots are less alike by far, and what moves within a shot is more alike.
constexpr float alike_change = 0.3F;
constexpr float alike_correlation = 0.75F;
// A packet that is so many times the usual one of its group, and this share of a keyframe, may hold a new
// picture.
constexpr float spike_over_usual = 6;
constexpr float spike_over_keyframe = 0.5F;
// Below this share of a keyframe no packet holds a new picture.
constexpr float least_share_of_keyframe = 0.12F;

// Fewer frames are not worth a keyframe that may be decoded twice.
constexpr std::size_t least_calm_frames = 6;

// Of one moment.
constexpr float still_change = 0.1F;
constexpr float still_correlation = 0.75F;
constexpr float still_deviation = 4;

}  // namespace

bool is_calm(std::span<const std::uint32_t> bytes, std::uint32_t keyframe_bytes) {
  if (bytes.empty()) return true;
  std::vector<std::uint32_t> sorted(bytes.begin(), bytes.end());
  std::sort(sorted.begin(), sorted.end());
  const auto largest = static_cast<float>(sorted.back());
  const auto keyframe = static_cast<float>(keyframe_bytes);
  if (largest < least_share_of_keyframe * keyframe) return true;
  // Frames that others refer to are larger than those between them: the usual one is of the larger half.
  const auto usual = static_cast<float>(sorted[sorted.size() * 3 / 4]);
  return largest < spike_over_usual * usual && largest < spike_over_keyframe * keyframe;
}

bool has_calm_end(std::span<const std::uint32_t> between, std::uint32_t keyframe_bytes) {
  return between.size() >= least_calm_frames &&
         is_calm(between.subspan(between.size() - least_calm_frames), keyframe_bytes);
}

bool may_pass_over(const SmallPicture& now, const SmallPicture& next, std::span<const std::uint32_t> between,
                   std::uint32_t keyframe_bytes, const Kernels& kernels) {
  if (!is_calm(between, keyframe_bytes)) return false;
  const PictureDifference difference = compare(now, next, kernels);
  return difference.change() < alike_change && difference.correlation > alike_correlation;
}

bool may_leave_out(const SmallPicture& before, const SmallPicture& after, std::uint32_t bytes,
                   std::uint32_t largest_bytes, const Kernels& kernels) {
  if (bytes > largest_bytes || std::min(before.deviation, after.deviation) < still_deviation) return false;
  const PictureDifference difference = compare(before, after, kernels);
  return difference.change() < still_change && difference.correlation > still_correlation;
}

}  // namespace heaters::shots

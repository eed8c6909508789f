#pragma once

#include <cstdint>
#include <span>

#include "shots/kernels.h"
#include "shots/small_picture.h"

namespace heaters::shots {

// Whether no boundary can be between a picture and a later keyframe, so that what is between need not be
// decoded: they are of one scene, and none of the packets between is large enough to hold another picture. A
// frame after a cut has nothing to be predicted from: its packet is several times as large as those around
// it, or like a keyframe's. `now` and `next` are the two pictures; `between` the bytes of the frames between
// them, in any order; `keyframe_bytes` those of the smaller of the keyframes before and after.
bool may_pass_over(const SmallPicture& now, const SmallPicture& next, std::span<const std::uint32_t> between,
                   std::uint32_t keyframe_bytes, const Kernels& kernels);

// Whether packets alone leave it open that no boundary is between two keyframes; and that none is among the
// last few packets between them, if there are as many.
bool is_calm(std::span<const std::uint32_t> between, std::uint32_t keyframe_bytes);
bool has_calm_end(std::span<const std::uint32_t> between, std::uint32_t keyframe_bytes);

// Whether no boundary can be at a frame between two that are decoded, nor right after it: they are of one
// moment, and the frame's packet is not large enough to hold another picture. `bytes` are of the frame,
// `largest_bytes` of the larger of the two around it, keyframes left
// out.
bool may_leave_out(const SmallPicture& before, const SmallPicture& after, std::uint32_t bytes,
                   std::uint32_t largest_bytes, const Kernels& kernels);

}  // namespace heaters::shots

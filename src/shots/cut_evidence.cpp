#include "shots/cut_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "shots/picture_difference.h"

namespace heaters::shots {

namespace {

using Frames = std::vector<FrameObservation>;

// Frames within which a picture must be as before for the change to be a flash. Longer ones are flashes only
// when they are glare: brighter by so many levels.
constexpr FrameNumber flash_frames = 2;
constexpr float glare_levels = 20;
// As it was before: against the change, and for itself, as what is very unlike leaves room for a third
// picture.
constexpr float return_share = 0.45F;
constexpr float return_change_max = 0.4F;

// The light alone changes when the picture keeps its structure as well as others around do in motion, the
// brightness jumps by so many levels, and soon it is, or lately it was, nearly as on the other side: a flash
// or a strobe while the camera moves, which leaves no picture as it was.
constexpr float light_levels = 20;
constexpr float light_return_share = 0.3F;
constexpr float kept_share = 0.85F;
constexpr float least_kept_correlation = 0.4F;
// While it fades again, overexposed pictures have lost some.
constexpr FrameNumber glow_frames = 3;
constexpr float kept_share_in_glow = 0.6F;

// A cut is as likely as not when its change exceeds what surrounds it by this much.
constexpr float even_excess = 0.22F;
// How much of the usual change is taken off, and how much of that right before or after when the picture
// stays related, as in a whip pan or the motion after a cut; from this correlation on it counts in full.
constexpr float context_weight = 1.5F;
constexpr float adjacent_weight = 0.7F;
constexpr float related = 0.5F;
// How fast certainty grows with evidence: a logistic fit to composed transitions.
constexpr float certainty = 2.5F;

class CutWitness {
 public:
  CutWitness(const PictureWindow& window, const Frames& frames, FrameNumber frame, const Kernels& kernels)
      : window_(window),
        frames_(frames),
        frame_(frame),
        kernels_(kernels),
        whole_(frame + 1 < end() && at(frame + 1).is_tail_of_blend ? frame + 1 : frame) {}

  CutEvidence testify() const {
    const PictureDifference across = compare(window_[frame_ - 1], window_[whole_], kernels_);
    CutEvidence evidence;
    evidence.change = std::max(at(frame_).change, across.change());
    evidence.correlation = across.correlation;
    evidence.usual = (usual_change(-1) + usual_change(+1)) / 2;
    evidence.adjacent = adjacent_change();
    evidence.return_change = return_change(evidence.change);
    evidence.is_light = is_light(across.correlation);
    evidence.is_glow = is_glow(across.correlation);
    return evidence;
  }

 private:
  FrameNumber end() const { return window_.end(); }
  const FrameObservation& at(FrameNumber frame) const { return frames_[static_cast<std::size_t>(frame)]; }
  float change_between(FrameNumber a, FrameNumber b) const {
    return compare(window_[a], window_[b], kernels_).change();
  }

  // The second smallest change of the nearest frames on one side: one or two neighbouring cuts do not raise
  // it.
  float usual_change(int direction) const {
    std::array<float, 4> nearest{};
    std::size_t known = 0;
    const FrameNumber from = direction < 0 ? frame_ : whole_;
    while (known < nearest.size()) {
      const FrameNumber neighbour = from + direction * static_cast<FrameNumber>(known + 1);
      if (neighbour < 1 || neighbour >= end()) break;
      nearest[known++] = at(neighbour).change;
    }
    if (known == 0) return 0;
    std::sort(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(known));
    return nearest[known > 1 ? 1 : 0];
  }

  float adjacent_change() const {
    return std::max(frame_ > 1 ? at(frame_ - 1).change : 0, whole_ + 1 < end() ? at(whole_ + 1).change : 0);
  }

  // The least change between the picture on one side and what comes 1 or 2 frames past the other, or up to 8
  // while all between is glare.
  float return_change(float change) const {
    float least = change;
    for (FrameNumber after = 1; after <= evidence_reach && whole_ + after < end(); ++after) {
      if (after > flash_frames && !is_glare({frame_, whole_ + after}, frame_ - 1)) break;
      least = std::min(least, change_between(frame_ - 1, whole_ + after));
    }
    for (FrameNumber before = 1; before <= evidence_reach && frame_ - 1 - before >= 0; ++before) {
      if (before > flash_frames && !is_glare({frame_ - before, frame_}, whole_)) break;
      least = std::min(least, change_between(frame_ - 1 - before, whole_));
    }
    return least;
  }

  bool is_light(float correlation) const {
    const float jump = std::abs(window_[whole_].mean - window_[frame_ - 1].mean);
    if (jump < light_levels || correlation < kept_correlation(kept_share)) return false;
    float least = jump;
    for (FrameNumber i = 1; i <= evidence_reach; ++i) {
      if (whole_ + i < end())
        least = std::min(least, std::abs(window_[whole_ + i].mean - window_[frame_ - 1].mean));
      if (frame_ - 1 - i >= 0)
        least = std::min(least, std::abs(window_[frame_ - 1 - i].mean - window_[whole_].mean));
    }
    return least < light_return_share * jump;
  }

  bool is_glow(float correlation) const {
    for (FrameNumber i = 1; i <= glow_frames && frame_ - i >= 1; ++i) {
      if (at(frame_ - i).is_light) return correlation >= kept_correlation(kept_share_in_glow);
    }
    return false;
  }

  float kept_correlation(float share) const {
    return std::max(least_kept_correlation, share * usual_correlation());
  }

  // The median of the nearest frames on both sides.
  float usual_correlation() const {
    std::vector<float> nearest;
    nearest.reserve(8);
    for (FrameNumber i = 1; i <= 4; ++i) {
      if (frame_ - i >= 1) nearest.push_back(at(frame_ - i).correlation);
      if (whole_ + i < end()) nearest.push_back(at(whole_ + i).correlation);
    }
    if (nearest.empty()) return 1;
    const auto middle = nearest.begin() + static_cast<std::ptrdiff_t>(nearest.size() / 2);
    std::nth_element(nearest.begin(), middle, nearest.end());
    return *middle;
  }

  bool is_glare(FrameSpan span, FrameNumber reference) const {
    for (FrameNumber frame = span.begin; frame < span.end; ++frame) {
      if (window_[frame].mean < window_[reference].mean + glare_levels) return false;
    }
    return true;
  }

  const PictureWindow& window_;
  const Frames& frames_;
  FrameNumber frame_;
  const Kernels& kernels_;
  FrameNumber whole_;  // the first frame of the new picture alone
};

}  // namespace

CutEvidence cut_evidence(const PictureWindow& window, const Frames& frames, FrameNumber frame,
                         const Kernels& kernels) {
  return CutWitness(window, frames, frame, kernels).testify();
}

float CutEvidence::score() const {
  if (is_light || is_glow) return 0;
  if (return_change < std::min(return_share * change, return_change_max)) return 0;
  const float relation = std::clamp(correlation / related, 0.0F, 1.0F);
  const float excess = change - context_weight * usual - adjacent_weight * relation * adjacent;
  return excess > 0 ? 1 / (1 + std::pow(even_excess / excess, certainty)) : 0;
}

}  // namespace heaters::shots

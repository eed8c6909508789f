#include <algorithm>
#include <array>
#include <cmath>

#include "shots/observations.h"

namespace heaters::shots {

namespace {

// A hard cut is as likely as not when its change exceeds what surrounds it by this much.
constexpr float even_change = 0.22F;
// Frames on each side that tell what is usual around a change, and how much of the usual is taken off.
constexpr int context_frames = 4;
constexpr float context_weight = 1.5F;
// How much of a change right before or after is taken off when the picture stays related, as in a whip pan or
// the motion after a cut; from this correlation on it counts in full.
constexpr float adjacent_weight = 0.7F;
constexpr float related = 0.5F;

// Hard edges this far apart around a blank run are two cuts, with a blank shot between them.
constexpr FrameNumber blank_shot_frames = 12;
constexpr float hard_edge = 0.5F;
constexpr FrameNumber longest_fade = 90;

class Builder {
 public:
  explicit Builder(const Observations& seen) : seen_(seen), hard_(seen.frames.size(), 0) {}

  ScoreCurve build() {
    for (FrameNumber frame = 1; frame < count(); ++frame) hard_[index(frame)] = hard_score(frame);
    for (const BlankObservation& blank : seen_.blanks) settle_blank(blank);
    settle_dissolves();
    ScoreCurve curve;
    curve.hard.resize(hard_.size());
    std::transform(hard_.begin(), hard_.end(), curve.hard.begin(),
                   [](float score) { return static_cast<std::uint8_t>(std::lround(score * 255)); });
    std::sort(gradual_.begin(), gradual_.end(), [](const Cut& a, const Cut& b) { return a.frame < b.frame; });
    curve.gradual = std::move(gradual_);
    return curve;
  }

 private:
  static std::size_t index(FrameNumber frame) { return static_cast<std::size_t>(frame); }
  FrameNumber count() const { return static_cast<FrameNumber>(seen_.frames.size()); }
  const FrameObservation& at(FrameNumber frame) const { return seen_.frames[index(frame)]; }

  // Scores survive a round trip through the stored curve.
  static float in_steps(float score) { return static_cast<float>(std::lround(score * 255)) / 255; }

  float hard_score(FrameNumber frame) const {
    const FrameObservation& seen = at(frame);
    if (seen.returns || seen.is_tail_of_blend) return 0;
    const float usual = (usual_change(frame, -1) + usual_change(frame, +1)) / 2;
    const float adjacent = std::max(at(frame - 1).change, change_after(frame));
    const float relation = std::clamp(seen.correlation / related, 0.0F, 1.0F);
    const float excess = seen.change - context_weight * usual - adjacent_weight * relation * adjacent;
    const float evidence = excess / even_change;
    return evidence > 0 ? evidence / (1 + evidence) : 0;
  }

  // Right after it; the second half of a blended cut is part of it.
  float change_after(FrameNumber frame) const {
    FrameNumber next = frame + 1;
    if (next < count() && at(next).is_tail_of_blend) ++next;
    return next < count() ? at(next).change : 0;
  }

  // The second smallest change of the nearest frames on one side: one or two neighbouring cuts do not raise
  // it.
  float usual_change(FrameNumber frame, int direction) const {
    std::array<float, context_frames> nearest{};
    int known = 0;
    for (int i = 1; i <= context_frames; ++i) {
      const FrameNumber neighbour = frame + direction * i;
      if (neighbour < 1 || neighbour >= count()) break;
      nearest[static_cast<std::size_t>(known++)] = at(neighbour).change;
    }
    if (known == 0) return 0;
    std::sort(nearest.begin(), nearest.begin() + known);
    return nearest[known > 1 ? 1 : 0];
  }

  void settle_blank(const BlankObservation& blank) {
    const FrameSpan span = with_fades(blank.span);
    if (blank.same_scene) return clear_hard(span);
    const bool hard_in = hard_[index(blank.span.begin)] >= hard_edge;
    const bool hard_out = hard_[index(blank.span.end)] >= hard_edge;
    if (hard_in && hard_out && blank.span.length() >= blank_shot_frames) return;
    clear_hard(span);
    gradual_.push_back({blank.span.end, CutKind::Fade, in_steps(0.9F), span});
    occupied_.push_back(span);
  }

  // The blank run with the frames before it over which the picture goes and those after it over which one
  // comes: contrast falls and rises steadily there.
  FrameSpan with_fades(FrameSpan blank) const {
    FrameSpan span = blank;
    while (span.begin > 0 && blank.begin - span.begin < longest_fade &&
           at(span.begin - 1).deviation > at(span.begin).deviation + 0.2F) {
      --span.begin;
    }
    while (span.end < count() && span.end - blank.end < longest_fade &&
           at(span.end).deviation > at(span.end - 1).deviation + 0.2F) {
      ++span.end;
    }
    return span;
  }

  void clear_hard(FrameSpan span) {
    const FrameNumber end = std::min(span.end + 1, count());
    for (FrameNumber frame = span.begin; frame < end; ++frame) hard_[index(frame)] = 0;
  }

  // One dissolve is seen by many windows, of several lengths and at every frame: the best of those that
  // overlap stays.
  void settle_dissolves() {
    auto dissolves = seen_.dissolves;
    // Of equals the earlier and shorter, so that the result does not depend on the sort.
    std::sort(dissolves.begin(), dissolves.end(),
              [](const DissolveObservation& a, const DissolveObservation& b) {
                if (a.score != b.score) return a.score > b.score;
                if (a.span.begin != b.span.begin) return a.span.begin < b.span.begin;
                return a.span.end < b.span.end;
              });
    for (const DissolveObservation& dissolve : dissolves) {
      const FrameSpan span = dissolve.span;
      if (overlaps_occupied(span) || contains_hard_cut(span)) continue;
      occupied_.push_back(span);
      gradual_.push_back({(span.begin + span.end) / 2, CutKind::Dissolve, in_steps(dissolve.score), span});
    }
  }

  bool overlaps_occupied(FrameSpan span) const {
    return std::any_of(occupied_.begin(), occupied_.end(), [&](const FrameSpan& other) {
      return span.begin < other.end && other.begin < span.end;
    });
  }

  bool contains_hard_cut(FrameSpan span) const {
    for (FrameNumber frame = span.begin + 1; frame < span.end; ++frame) {
      if (hard_[index(frame)] >= hard_edge) return true;
    }
    return false;
  }

  const Observations& seen_;
  std::vector<float> hard_;
  std::vector<Cut> gradual_;
  std::vector<FrameSpan> occupied_;
};

}  // namespace

ScoreCurve build_score_curve(const Observations& observations) {
  return Builder(observations).build();
}

}  // namespace heaters::shots

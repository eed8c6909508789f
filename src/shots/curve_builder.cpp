#include <algorithm>
#include <array>
#include <cmath>

#include "shots/observations.h"

namespace heaters::shots {

namespace {

// Hard edges this far apart around a blank run are two cuts, with a blank shot between them.
constexpr FrameNumber blank_shot_frames = 12;
constexpr float hard_edge = 0.5F;
constexpr FrameNumber longest_fade = 90;

class Builder {
 public:
  explicit Builder(const Observations& seen) : seen_(seen), hard_(seen.frames.size(), 0) {}

  ScoreCurve build() {
    for (FrameNumber frame = 1; frame < count(); ++frame) hard_[index(frame)] = at(frame).score;
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

  void settle_blank(const BlankObservation& blank) {
    const FrameSpan span = with_fades(blank.span);
    if (blank.same_scene) return clear_hard(span);
    const bool hard_in =
        hard_[index(blank.span.begin)] >= hard_edge && is_at_full_contrast(blank.span.begin - 1, -1);
    const bool hard_out =
        hard_[index(blank.span.end)] >= hard_edge && is_at_full_contrast(blank.span.end, +1);
    if (hard_in && hard_out && blank.span.length() >= blank_shot_frames) return;
    clear_hard(span);
    gradual_.push_back({blank.span.end, CutKind::Fade, in_steps(0.9F), span});
    occupied_.push_back(span);
  }

  // Whether a picture next to a blank run is there at once, or comes up or goes over some frames.
  bool is_at_full_contrast(FrameNumber frame, int direction) const {
    constexpr FrameNumber frames = 5;
    constexpr float share = 0.7F;
    float most = 0;
    for (FrameNumber i = 0; i <= frames; ++i) {
      const FrameNumber other = frame + direction * i;
      if (other >= 0 && other < count()) most = std::max(most, at(other).deviation);
    }
    return at(frame).deviation > share * most;
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

#include "shots/shot_detector.h"

#include <algorithm>

#include "base/check.h"
#include "shots/blend.h"
#include "shots/picture_difference.h"

namespace heaters::shots {

namespace {

// Changes below this never become a cut, so their surroundings need no look.
constexpr float least_change = 0.12F;

// Frames within which a picture must be as before for the change to be a flash. Longer ones are flashes only
// when they are glare.
constexpr FrameNumber flash_frames = 2;
constexpr FrameNumber glare_frames = 8;
// As before: the change to the earlier picture is below this share of the change at the edge.
constexpr float return_share = 0.45F;
constexpr float glare_levels = 20;  // grey levels of the mean above the picture before

// A picture counts as blank below this deviation when it is as dark or as bright as this.
constexpr float blank_deviation = 2.5F;
constexpr float blank_dark = 44;
constexpr float blank_bright = 205;
// The picture after a blank run is judged when it has come up this far.
constexpr FrameNumber frames_after_blank = 5;
constexpr FrameNumber frames_before_blank = 5;

constexpr std::array<FrameNumber, 4> dissolve_lengths = {8, 16, 32, 60};
constexpr float dissolve_least_change = 0.36F;
constexpr float dissolve_correlation_max = 0.75F;
// Over two seconds a slow pan alone makes the ends unlike and comes near to a mix: less is let pass there.
constexpr float dissolve_residual_max = 0.42F;
constexpr float long_dissolve_residual_max = 0.36F;
constexpr FrameNumber long_dissolve = 60;
constexpr float dissolve_least_deviation = 8;
// Ends more unlike than this many times the least are no better evidence; the weight puts even odds where
// mixes of moving pictures end and pans begin.
constexpr float dissolve_unlike_max = 2;
constexpr float dissolve_weight = 1.4F;

bool is_blank(const FrameObservation& frame) {
  return frame.deviation < blank_deviation && (frame.mean < blank_dark || frame.mean > blank_bright);
}

}  // namespace

const SmallPicture& ShotDetector::picture(FrameNumber frame) const {
  HEATERS_CHECK(0 <= frame && frame < pushed() && pushed() - frame <= window);
  return ring_[static_cast<std::size_t>(frame % window)];
}

FrameObservation& ShotDetector::observation(FrameNumber frame) {
  return observations_.frames[static_cast<std::size_t>(frame)];
}

float ShotDetector::change_between(FrameNumber a, FrameNumber b) const {
  return compare(picture(a), picture(b), kernels_).change();
}

void ShotDetector::push(const SmallPicture& next) {
  const FrameNumber frame = pushed();
  ring_[static_cast<std::size_t>(frame % window)] = next;
  observations_.frames.push_back({.mean = next.mean, .deviation = next.deviation});
  if (frame == 0) return follow_blank_run();
  const PictureDifference difference = compare(picture(frame - 1), next, kernels_);
  observation(frame).change = difference.change();
  observation(frame).correlation = difference.correlation;
  if (frame - glare_frames >= 1) examine(frame - glare_frames);
  look_for_dissolve();
  follow_blank_run();
}

ScoreCurve ShotDetector::finish() {
  for (FrameNumber frame = std::max<FrameNumber>(1, pushed() - glare_frames); frame < pushed(); ++frame) {
    examine(frame);
  }
  if (blank_to_close_) close_blank_run();
  return build_score_curve(observations_);
}

void ShotDetector::examine(FrameNumber frame) {
  FrameObservation& seen = observation(frame);
  FrameNumber whole = frame;  // the first frame of the new picture alone
  if (is_blend(frame)) {
    ++whole;
    const PictureDifference across = compare(picture(frame - 1), picture(frame + 1), kernels_);
    seen.change = std::max(seen.change, across.change());
    seen.correlation = across.correlation;
    observation(whole).is_tail_of_blend = true;
  }
  if (seen.change < least_change) return;
  seen.returns = returns_to_before(frame, seen.change) || returned_from_before(frame, whole, seen.change);
}

// Some encoders and all frame-rate converters leave one mixed frame at a cut. Its two halves would each be
// half a cut.
bool ShotDetector::is_blend(FrameNumber frame) const {
  if (frame + 1 >= pushed()) return false;
  const Blend blend = fit_blend(picture(frame - 1), picture(frame), picture(frame + 1));
  return blend.alpha > 0.15F && blend.alpha < 0.85F && blend.residual < 0.3F && blend.distance > 12 &&
         correlate(picture(frame - 1), picture(frame + 1)) < 0.7F;
}

bool ShotDetector::returns_to_before(FrameNumber frame, float change) const {
  for (FrameNumber after = 1; after <= glare_frames && frame + after < pushed(); ++after) {
    if (after > flash_frames && !is_glare({frame, frame + after}, frame - 1)) return false;
    if (change_between(frame - 1, frame + after) < return_share * change) return true;
  }
  return false;
}

bool ShotDetector::returned_from_before(FrameNumber frame, FrameNumber whole, float change) const {
  for (FrameNumber before = 1; before <= glare_frames && frame - 1 - before >= 0; ++before) {
    if (before > flash_frames && !is_glare({frame - before, frame}, whole)) return false;
    if (change_between(frame - 1 - before, whole) < return_share * change) return true;
  }
  return false;
}

bool ShotDetector::is_glare(FrameSpan span, FrameNumber reference) const {
  for (FrameNumber frame = span.begin; frame < span.end; ++frame) {
    if (picture(frame).mean < picture(reference).mean + glare_levels) return false;
  }
  return true;
}

void ShotDetector::look_for_dissolve() {
  const FrameNumber end = pushed() - 1;
  for (const FrameNumber length : dissolve_lengths) {
    const FrameNumber begin = end - length;
    if (begin < 0) return;
    const SmallPicture& first = picture(begin);
    const SmallPicture& last = picture(end);
    if (correlate(first, last) > dissolve_correlation_max) continue;
    const Blend quarter = fit_blend(first, picture(begin + length / 4), last);
    if (quarter.alpha < 0.04F || quarter.alpha > 0.5F) continue;
    const Blend middle = fit_blend(first, picture(begin + length / 2), last);
    if (middle.alpha < 0.25F || middle.alpha > 0.75F || middle.alpha < quarter.alpha) continue;
    const Blend three_quarters = fit_blend(first, picture(begin + length * 3 / 4), last);
    if (three_quarters.alpha < 0.5F || three_quarters.alpha > 0.96F) continue;
    // Coming up out of black or going down into it is a fade, and told apart elsewhere.
    if (std::min(first.deviation, last.deviation) < dissolve_least_deviation) continue;
    const float residual = (quarter.residual + middle.residual + three_quarters.residual) / 3;
    const float change = compare(first, last, kernels_).change();
    const float residual_max = length >= long_dissolve ? long_dissolve_residual_max : dissolve_residual_max;
    if (residual > residual_max || change < dissolve_least_change) continue;
    const float unlike = std::min(change / dissolve_least_change, dissolve_unlike_max);
    const float share = residual / residual_max;
    const float evidence = dissolve_weight * unlike * (1 - share * share);
    observations_.dissolves.push_back({{begin, end + 1}, evidence / (1 + evidence)});
  }
}

void ShotDetector::follow_blank_run() {
  const FrameNumber frame = pushed() - 1;
  if (is_blank(observation(frame))) {
    if (blank_to_close_) close_blank_run();
    if (!blank_) blank_ = FrameSpan{frame, frame};
    blank_->end = frame + 1;
    return;
  }
  // A video that begins blank has no picture before to be cut from.
  if (blank_ && blank_->begin > 0) blank_to_close_ = blank_;
  blank_.reset();
  if (blank_to_close_ && frame - blank_to_close_->end >= frames_after_blank) close_blank_run();
}

void ShotDetector::close_blank_run() {
  const FrameSpan span = *blank_to_close_;
  blank_to_close_.reset();
  const FrameNumber newest = pushed() - 1;
  const FrameNumber before = std::max<FrameNumber>(0, span.begin - frames_before_blank);
  const FrameNumber after = std::min(newest, span.end + frames_after_blank);
  // What lies further back than the window was long ago: a blank run of two seconds is no blink.
  const bool reaches = newest - before < window;
  const bool same = reaches && correlate(picture(before), picture(after)) > 0.85F;
  observations_.blanks.push_back({span, same});
}

}  // namespace heaters::shots

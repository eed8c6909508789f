#include "shots/shot_detector.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "shots/blend.h"
#include "shots/boosted_trees.h"
#include "shots/picture_difference.h"

namespace heaters::shots {

namespace {

// Changes below this never become a cut, so their surroundings need no look.
constexpr float least_change = 0.1F;

// A run of flat pictures is blank when one of them is as dark or as bright as this: a fade passes through
// greys.
constexpr float blank_dark = 44;
constexpr float blank_bright = 205;
// Black with small print, such as a mark that stays through the whole video: nearly all cells are as dark as
// the mean.
constexpr float print_deviation = 8;
constexpr float print_levels = 3;
constexpr int least_share_of_black = 90;  // percent
// The picture after a blank run is judged when it has come up this far.
constexpr FrameNumber frames_after_blank = 5;
constexpr FrameNumber frames_before_blank = 5;

// From the last picture before a transition to the first after it. Longer ones are not looked at at every
// frame.
constexpr std::array<FrameNumber, 8> transition_lengths = {6, 9, 13, 18, 25, 34, 46, 60};
constexpr FrameNumber places_in_length = 12;
// Many windows see one transition, and the best of them is taken: how far that overstates it, as log odds,
// measured on composed transitions.
constexpr float best_of_windows = 1.7F;
// In a window that is judged by pictures that stand for others the residual may come out lower by 0.03: as
// log odds.
constexpr float doubt_of_stand_ins = 0.5F;
// Windows that are less likely a transition than this are forgotten.
constexpr float least_gradual_score = 0.02F;

// A transition is settled against those that overlap it, and these against others: four of the longest.
constexpr FrameNumber frames_to_settle = 4 * transition_lengths.back();

// Pictures on both sides of a blank run are of one scene when they are as alike as this, at a contrast that
// tells.
constexpr float same_scene_correlation = 0.85F;
constexpr float same_scene_change = 0.3F;
constexpr float related_correlation = 0.5F;
constexpr float least_contrast = 8;
// After a flash or the dark of a strobe the camera may have moved on. Flat pictures all look alike.
constexpr FrameNumber blink_frames = 4;
constexpr float blink_correlation = 0.7F;
constexpr float blink_change = 0.25F;
constexpr float blink_contrast = 4;

bool is_black_with_print(const SmallPicture& picture) {
  if (picture.deviation > print_deviation || picture.mean > blank_dark) return false;
  const auto black = std::count_if(picture.y.begin(), picture.y.end(), [&](std::uint8_t level) {
    return std::abs(static_cast<float>(level) - picture.mean) <= print_levels;
  });
  return black * 100 >= static_cast<std::ptrdiff_t>(picture.y.size()) * least_share_of_black;
}

}  // namespace

FrameObservation& ShotDetector::observation(FrameNumber frame) {
  return observations_.frames[static_cast<std::size_t>(frame)];
}

void ShotDetector::push(const SmallPicture& picture) {
  take(picture, !follows_gap_);
  follows_gap_ = false;
}

void ShotDetector::skip(FrameNumber frames) {
  if (frames == 0) return;
  HEATERS_CHECK(pushed() > 0);
  const SmallPicture same = window_[pushed() - 1];
  for (FrameNumber i = 0; i < frames; ++i) take(same, false);
  follows_gap_ = true;
}

void ShotDetector::push_after(FrameNumber left_out, const SmallPicture& picture) {
  if (left_out == 0) return push(picture);
  HEATERS_CHECK(pushed() > 0);
  const SmallPicture before = window_[pushed() - 1];
  // Pictures that shake or return move more in between than from one of these to the other: the whole
  // difference stands for each step.
  const PictureDifference step = compare(before, picture, kernels_);
  for (FrameNumber i = 0; i < left_out; ++i) {
    take(2 * i < left_out ? before : picture, step, false);
    const float share = static_cast<float>(i + 1) / static_cast<float>(left_out + 1);
    FrameObservation& between = observation(pushed() - 1);
    between.mean = std::lerp(before.mean, picture.mean, share);
    between.deviation = std::lerp(before.deviation, picture.deviation, share);
  }
  take(picture, step, false);
  follows_gap_ = false;
}

void ShotDetector::take(const SmallPicture& next, bool is_judged) {
  const PictureDifference difference =
      pushed() > 0 ? compare(window_[pushed() - 1], next, kernels_) : PictureDifference();
  take(next, difference, is_judged);
}

void ShotDetector::take(const SmallPicture& next, const PictureDifference& difference, bool is_judged) {
  const FrameNumber frame = pushed();
  window_.push(next);
  observations_.frames.push_back({.change = difference.change(),
                                  .correlation = difference.correlation,
                                  .mean = next.mean,
                                  .deviation = next.deviation,
                                  .is_judged = is_judged});
  if (frame - evidence_reach >= 1) examine(frame - evidence_reach);
  follow_blank_run();
}

ScoreCurve ShotDetector::finish() {
  for (FrameNumber frame = std::max<FrameNumber>(1, pushed() - evidence_reach); frame < pushed(); ++frame) {
    examine(frame);
  }
  if (blank_to_close_) close_blank_run();
  return so_far();
}

FrameNumber ShotDetector::settled() const {
  FrameNumber open = pushed();
  if (blank_to_close_) open = blank_to_close_->begin;
  if (flat_) open = std::min(open, flat_->begin);
  if (print_) open = std::min(open, print_->begin);
  return std::max<FrameNumber>(0, open - frames_to_settle);
}

void ShotDetector::examine(FrameNumber frame) {
  look_for_dissolves(frame);
  FrameObservation& seen = observation(frame);
  if (seen.is_tail_of_blend) return;
  std::optional<CutEvidence> evidence = evidence_of(frame);
  if (evidence) {
    seen.is_light = evidence->is_light;
    // A flash that fades is a mix too.
    if (evidence->is_light || evidence->is_glow) return;
  }
  if (is_blend(frame)) {
    const PictureDifference across = compare(window_[frame - 1], window_[frame + 1], kernels_);
    seen.change = std::max(seen.change, across.change());
    seen.correlation = across.correlation;
    observation(frame + 1).is_tail_of_blend = true;
    evidence = evidence_of(frame);
  }
  if (evidence) seen.score = evidence->score();
}

// nullopt where nothing is to be judged.
std::optional<CutEvidence> ShotDetector::evidence_of(FrameNumber frame) const {
  const FrameObservation& seen = observations_.frames[static_cast<std::size_t>(frame)];
  if (seen.change < least_change || !seen.is_judged) return std::nullopt;
  return cut_evidence(window_, observations_.frames, frame, kernels_);
}

// Some encoders and all frame-rate converters leave one mixed frame at a cut. Its two halves would each be
// half a cut.
bool ShotDetector::is_blend(FrameNumber frame) const {
  if (frame + 1 >= pushed()) return false;
  const Blend blend = fit_blend(window_[frame - 1], window_[frame], window_[frame + 1]);
  return blend.alpha > 0.15F && blend.alpha < 0.85F && blend.residual < 0.3F && blend.distance > 12 &&
         correlate(window_[frame - 1], window_[frame + 1]) < 0.7F;
}

void ShotDetector::look_for_dissolves(FrameNumber after) {
  for (const FrameNumber length : transition_lengths) {
    const FrameNumber before = after - length;
    if (before < 0) return;
    if (after % std::max<FrameNumber>(1, length / places_in_length) != 0) continue;
    const auto evidence = gradual_evidence(window_, observations_.frames, before, after, kernels_);
    if (!evidence) continue;
    if (listener_) listener_(before, after, *evidence);
    const float doubt = best_of_windows + (has_stand_ins(before, after) ? doubt_of_stand_ins : 0);
    const float score = gradual_trees.probability(gradual_rule(*evidence) - doubt, *evidence);
    if (score > least_gradual_score) observations_.dissolves.push_back({{before, after + 1}, score});
  }
}

// Whether one of the pictures that a window is judged by was not looked at.
bool ShotDetector::has_stand_ins(FrameNumber before, FrameNumber after) const {
  const FrameNumber length = after - before;
  const std::array<FrameNumber, 5> judged_by = {before, before + length / 4, before + length / 2,
                                                before + length * 3 / 4, after};
  return std::any_of(judged_by.begin(), judged_by.end(), [&](FrameNumber frame) {
    return !observations_.frames[static_cast<std::size_t>(frame)].is_judged;
  });
}

std::vector<std::string_view> ShotDetector::statistic_names() const {
  return {"change", "correlation", "luma", "contrast"};
}

std::vector<float> ShotDetector::statistics(FrameNumber frame) const {
  const FrameObservation& seen = observations_.frames[static_cast<std::size_t>(frame)];
  return {seen.change, seen.correlation, seen.mean, seen.deviation};
}

void ShotDetector::follow_blank_run() {
  const FrameNumber frame = pushed() - 1;
  const FrameObservation& seen = observation(frame);
  if (seen.deviation < flat_deviation) {
    follow_print(Darkness::Black);
    if (blank_to_close_) close_blank_run();
    if (!flat_) flat_ = FrameSpan{frame, frame};
    flat_->end = frame + 1;
    is_blank_ = is_blank_ || seen.mean < blank_dark || seen.mean > blank_bright;
    return;
  }
  follow_print(is_black_with_print(window_[frame]) ? Darkness::Print : Darkness::None);
  // A video that begins blank has no picture before to be cut from.
  if (flat_ && flat_->begin > 0 && is_blank_) blank_to_close_ = flat_;
  flat_.reset();
  is_blank_ = false;
  if (blank_to_close_ && frame - blank_to_close_->end >= frames_after_blank) close_blank_run();
}

// Print that comes up from black, or goes into it, is a title, and so a picture.
void ShotDetector::follow_print(Darkness newest) {
  const FrameNumber frame = pushed() - 1;
  if (newest == Darkness::Print && !is_title_) {
    if (!print_) print_ = FrameSpan{frame, frame};
    print_->end = frame + 1;
    return;
  }
  is_title_ = newest == Darkness::Black || (is_title_ && newest == Darkness::Print);
  if (newest == Darkness::None && print_ && print_->begin > 0) {
    if (blank_to_close_) close_blank_run();
    blank_to_close_ = print_;
  }
  print_.reset();
}

void ShotDetector::close_blank_run() {
  const FrameSpan span = *blank_to_close_;
  blank_to_close_.reset();
  bool same = false;
  const bool is_blink = span.length() <= blink_frames;
  for (const FrameNumber before : {span.begin - 1, span.begin - frames_before_blank}) {
    for (FrameNumber i = 0; i <= frames_after_blank; ++i) {
      // A flash fades over some frames, in which the camera moves on.
      if (i > 0 && i < frames_after_blank && !is_blink) continue;
      same = same || is_same_scene(before, span.end + i, is_blink);
    }
  }
  observations_.blanks.push_back({span, same});
}

bool ShotDetector::is_same_scene(FrameNumber before, FrameNumber after, bool is_blink) const {
  // What lies further back than the window was long ago: a blank run of three seconds is no blink.
  if (before < window_.begin() || after >= pushed()) return false;
  const SmallPicture& a = window_[before];
  const SmallPicture& b = window_[after];
  const PictureDifference difference = compare(a, b, kernels_);
  const float contrast = std::min(a.deviation, b.deviation);
  if (difference.correlation > (is_blink ? blink_correlation : same_scene_correlation)) return true;
  if (is_blink && difference.change() < blink_change && contrast > blink_contrast) return true;
  return difference.correlation > related_correlation && difference.change() < same_scene_change &&
         contrast > least_contrast;
}

}  // namespace heaters::shots

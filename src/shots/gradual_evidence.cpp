#include "shots/gradual_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "shots/blend.h"
#include "shots/picture_difference.h"

namespace heaters::shots {

const std::array<std::string_view, static_cast<std::size_t>(GradualFact::Count)> gradual_facts = {
    "length",          "change", "correlation",     "spread", "mix_residual", "worst_residual",
    "select_residual", "order",  "least_deviation", "dip",    "largest_step", "step",
    "before",          "after"};

namespace {

// Frames outside the window that tell whether its ends are at rest.
constexpr FrameNumber outside_frames = 8;
// Of a picture, between the ends.
constexpr float least_redrawn = 0.3F;

// Ratios to a change too small to matter say nothing.
float over(float part, float whole) {
  constexpr float least = 0.05F;
  return std::min(part / std::max(whole, least), 4.0F);
}

// What is left of `middle` when every cell is taken from whichever end fits better, over the distance of the
// ends: nothing in a wipe.
float select_residual(const SmallPicture& a, const SmallPicture& middle, const SmallPicture& b) {
  std::int32_t left = 0;
  std::int32_t apart = 0;
  for (std::size_t i = 0; i < a.y.size(); ++i) {
    const std::int32_t of_a = a.y[i];
    const std::int32_t of_b = b.y[i];
    const std::int32_t sample = middle.y[i];
    left += std::min(std::abs(sample - of_a), std::abs(sample - of_b));
    apart += std::abs(of_b - of_a);
  }
  return static_cast<float>(left) / static_cast<float>(std::max(apart, 1));
}

// The share of cells that are not as they were but for the light (the median change). An object that comes or
// goes carries most of the contrast of a plain scene, and is a small part of it.
float redrawn_share(const SmallPicture& a, const SmallPicture& b) {
  constexpr std::size_t most_levels = 255;
  constexpr int kept_levels = 8;
  std::array<int, 2 * most_levels + 1> cells_by_change{};
  for (std::size_t i = 0; i < a.y.size(); ++i) ++cells_by_change[most_levels + std::size_t{b.y[i]} - a.y[i]];
  const auto cells = static_cast<int>(a.y.size());
  int median = 0;
  for (int below = cells_by_change[0]; below <= cells / 2;
       below += cells_by_change[static_cast<std::size_t>(median)])
    ++median;
  const int last_kept = std::min(median + kept_levels, static_cast<int>(2 * most_levels));
  int kept = 0;
  for (int change = std::max(0, median - kept_levels); change <= last_kept; ++change)
    kept += cells_by_change[static_cast<std::size_t>(change)];
  return static_cast<float>(cells - kept) / static_cast<float>(cells);
}

}  // namespace

std::optional<GradualEvidence> gradual_evidence(const PictureWindow& window,
                                                const std::vector<FrameObservation>& frames,
                                                FrameNumber before, FrameNumber after,
                                                const Kernels& kernels) {
  const SmallPicture& first = window[before];
  const SmallPicture& last = window[after];
  const FrameNumber length = after - before;
  // Within a shot pictures stay alike; coming out of black or going into it is a fade.
  const float correlation = correlate(first, last);
  if (correlation > 0.75F) return std::nullopt;
  if (std::min(first.deviation, last.deviation) < 4) return std::nullopt;
  const SmallPicture& middle_picture = window[before + length / 2];
  const Blend middle = fit_blend(first, middle_picture, last);
  if (middle.alpha < 0.15F || middle.alpha > 0.85F) return std::nullopt;
  const Blend quarter = fit_blend(first, window[before + length / 4], last);
  const Blend three_quarters = fit_blend(first, window[before + length * 3 / 4], last);
  if (quarter.alpha > middle.alpha + 0.1F || three_quarters.alpha < middle.alpha - 0.1F) return std::nullopt;
  const PictureDifference between = compare(first, last, kernels);
  const float change = between.change();
  if (change < 0.15F || redrawn_share(first, last) < least_redrawn) return std::nullopt;
  const auto step = [&](FrameNumber frame) { return frames[static_cast<std::size_t>(frame)].change; };
  float largest_step = 0;
  float steps = 0;
  for (FrameNumber frame = before + 1; frame <= after; ++frame) {
    largest_step = std::max(largest_step, step(frame));
    steps += step(frame);
  }
  const FrameNumber reach = std::min(outside_frames, length / 2);
  GradualEvidence facts{};
  const auto set = [&](GradualFact fact, float value) { facts[static_cast<std::size_t>(fact)] = value; };
  set(GradualFact::Length, static_cast<float>(length));
  set(GradualFact::Change, change);
  set(GradualFact::Correlation, correlation);
  set(GradualFact::Spread, between.spread);
  set(GradualFact::MixResidual, (quarter.residual + middle.residual + three_quarters.residual) / 3);
  set(GradualFact::WorstResidual, std::max({quarter.residual, middle.residual, three_quarters.residual}));
  set(GradualFact::SelectResidual, std::max({select_residual(first, window[before + length / 4], last),
                                             select_residual(first, middle_picture, last),
                                             select_residual(first, window[before + length * 3 / 4], last)}));
  set(GradualFact::Order, std::max({std::abs(quarter.alpha - 0.25F), std::abs(middle.alpha - 0.5F),
                                    std::abs(three_quarters.alpha - 0.75F)}));
  set(GradualFact::LeastDeviation, std::min(first.deviation, last.deviation));
  set(GradualFact::Dip, 2 * middle_picture.deviation / (first.deviation + last.deviation));
  set(GradualFact::LargestStep, over(largest_step, change));
  set(GradualFact::Step, steps / static_cast<float>(length));
  const FrameNumber outside_before = std::max<FrameNumber>(window.begin(), before - reach);
  const FrameNumber outside_after = std::min(window.end() - 1, after + reach);
  set(GradualFact::Before, over(compare(window[outside_before], first, kernels).change(), change));
  set(GradualFact::After, over(compare(last, window[outside_after], kernels).change(), change));
  return facts;
}

float gradual_rule(const GradualEvidence& evidence) {
  const auto fact = [&](GradualFact which) { return evidence[static_cast<std::size_t>(which)]; };
  constexpr float least = -4.5F;
  constexpr float least_change = 0.36F;
  constexpr float least_deviation = 8;
  constexpr float most_outside = 0.8F;
  constexpr float most_disorder = 0.25F;
  if (fact(GradualFact::Change) < least_change || fact(GradualFact::LeastDeviation) < least_deviation ||
      fact(GradualFact::Order) > most_disorder ||
      std::max(fact(GradualFact::Before), fact(GradualFact::After)) > most_outside) {
    return least;
  }
  // Ends more unlike than this many times the least are no better evidence.
  const float unlike = std::min(fact(GradualFact::Change) / least_change, 2.0F);
  const auto evidence_of = [&](float residual, float most, float weight) {
    const float share = residual / most;
    return share < 1 ? weight * unlike * (1 - share * share) : 0;
  };
  // A dissolve mixes the ends. Over two seconds a slow pan alone makes the ends unlike and comes near to a
  // mix: less is let pass there. The weight puts even odds where mixes of moving pictures end and pans begin.
  const float most_residual = fact(GradualFact::Length) >= 60 ? 0.36F : 0.42F;
  const float as_mix = evidence_of(fact(GradualFact::MixResidual), most_residual, 1.4F);
  // A wipe takes every cell from one of them, which nothing else does.
  const float as_selection = evidence_of(fact(GradualFact::SelectResidual), 0.12F, 6);
  return std::max(least, std::log(std::max({as_mix, as_selection, 0.001F})));
}

}  // namespace heaters::shots

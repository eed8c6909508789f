#include "shots/score_curve.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/check.h"
#include "base/varint.h"

namespace heaters::shots {

namespace {

constexpr std::array<std::byte, 4> magic = {std::byte{'H'}, std::byte{'S'}, std::byte{'C'}, std::byte{1}};
constexpr float steps = 255;

}  // namespace

std::string_view to_string(CutKind kind) {
  switch (kind) {
    case CutKind::Hard:
      return "cut";
    case CutKind::Dissolve:
      return "dissolve";
    case CutKind::Fade:
      return "fade";
  }
  HEATERS_CHECK(false);
}

std::vector<std::byte> ScoreCurve::encode() const {
  VarintWriter writer;
  writer.put_bytes(magic);
  writer.put_unsigned(hard.size());
  writer.put_bytes(std::as_bytes(std::span(hard)));
  writer.put_unsigned(gradual.size());
  for (const Cut& cut : gradual) {
    writer.put_unsigned(static_cast<std::uint64_t>(cut.frame));
    writer.put_unsigned(cut.kind == CutKind::Dissolve ? 1 : 2);
    writer.put_unsigned(static_cast<std::uint64_t>(std::lround(cut.score * steps)));
    writer.put_unsigned(static_cast<std::uint64_t>(cut.transition.begin));
    writer.put_unsigned(static_cast<std::uint64_t>(cut.transition.length()));
  }
  return writer.take();
}

ScoreCurve ScoreCurve::decode(std::span<const std::byte> bytes) {
  VarintReader reader(bytes, "score curve");
  reader.expect(magic);
  ScoreCurve curve;
  const std::uint64_t frames = reader.get_unsigned();
  if (frames > reader.remaining()) reader.fail("is shorter than it says");
  const auto scores = reader.get_bytes(frames);
  curve.hard.resize(frames);
  std::transform(scores.begin(), scores.end(), curve.hard.begin(),
                 [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
  const std::uint64_t cuts = reader.get_unsigned();
  if (cuts > reader.remaining() / 5) reader.fail("is shorter than it says");
  for (std::uint64_t i = 0; i < cuts; ++i) {
    Cut cut;
    const std::uint64_t frame = reader.get_unsigned();
    const std::uint64_t kind = reader.get_unsigned();
    const std::uint64_t score = reader.get_unsigned();
    const std::uint64_t begin = reader.get_unsigned();
    const std::uint64_t length = reader.get_unsigned();
    if (frame == 0 || frame >= frames || kind < 1 || kind > 2 || score > 255 || begin > frames ||
        length > frames - begin) {
      reader.fail("has a cut outside of the video");
    }
    cut.frame = static_cast<FrameNumber>(frame);
    cut.kind = kind == 1 ? CutKind::Dissolve : CutKind::Fade;
    cut.score = static_cast<float>(score) / steps;
    cut.transition = {static_cast<FrameNumber>(begin), static_cast<FrameNumber>(begin + length)};
    curve.gradual.push_back(cut);
  }
  if (!reader.at_end()) reader.fail("is longer than it says");
  return curve;
}

std::vector<Cut> select_cuts(const ScoreCurve& curve, const CutSelection& selection) {
  const auto frame_count = static_cast<FrameNumber>(curve.hard.size());
  std::vector<Cut> found;
  for (FrameNumber frame = 1; frame < frame_count; ++frame) {
    const float score = static_cast<float>(curve.hard[static_cast<std::size_t>(frame)]) / steps;
    if (score >= selection.threshold && score > 0)
      found.push_back({frame, CutKind::Hard, score, {frame - 1, frame + 1}});
  }
  for (const Cut& cut : curve.gradual) {
    if (cut.score >= selection.threshold) found.push_back(cut);
  }

  // Strongest first; of equals the earlier, so that the result does not depend on the sort.
  std::sort(found.begin(), found.end(), [](const Cut& a, const Cut& b) {
    return a.score != b.score ? a.score > b.score : a.frame < b.frame;
  });
  const FrameNumber min_shot = std::max<FrameNumber>(1, selection.min_shot);
  std::vector<Cut> kept;
  for (const Cut& cut : found) {
    const bool leaves_room = cut.frame >= min_shot && frame_count - cut.frame >= min_shot;
    const auto next = std::lower_bound(kept.begin(), kept.end(), cut.frame,
                                       [](const Cut& a, FrameNumber frame) { return a.frame < frame; });
    const bool clear_after = next == kept.end() || next->frame - cut.frame >= min_shot;
    const bool clear_before = next == kept.begin() || cut.frame - std::prev(next)->frame >= min_shot;
    if (leaves_room && clear_after && clear_before) kept.insert(next, cut);
  }
  return kept;
}

}  // namespace heaters::shots

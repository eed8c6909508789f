#include "media/clip_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/check.h"
#include "media/av.h"
#include "media/demuxer.h"

namespace heaters::media {

namespace {

struct CopiedPackets {
  FrameSpan frames;
  std::size_t end_packet = 0;
  FrameNumber most_reordered = 0;
};

// The most that can be copied from keyframe `first` on, up to `end`.
CopiedPackets copy_from(const DecodeOrder& order, FrameNumber first, FrameNumber end) {
  CopiedPackets best{{first, first}, order.index_of(first), 0};
  FrameNumber most_reordered = 0;
  FrameNumber count = 0;
  FrameNumber last = first - 1;
  for (std::size_t i = order.index_of(first); i < order.size(); ++i) {
    const FrameNumber frame = order.frame_at(i);
    if (frame < first) continue;
    if (frame >= end) break;
    most_reordered = std::max(most_reordered, first + count - frame);
    ++count;
    last = std::max(last, frame);
    if (last - first + 1 == count) best = {{first, last + 1}, i + 1, most_reordered};
  }
  return best;
}

std::string why_not_copied(FrameSpan span, const CopiedPackets& copied) {
  if (copied.frames.begin > span.begin) {
    return fmt::format("frame {} is no keyframe, the next one is {}", span.begin, copied.frames.begin);
  }
  return fmt::format("frames {} to {} are decoded after frames behind the end", copied.frames.end,
                     span.end - 1);
}

}  // namespace

DecodeOrder::DecodeOrder(std::vector<FrameNumber> frames, const FrameTable& table)
    : frames_(std::move(frames)), indices_(frames_.size()) {
  HEATERS_CHECK(static_cast<FrameNumber>(frames_.size()) == table.size());
  for (std::size_t i = 0; i < frames_.size(); ++i) indices_[static_cast<std::size_t>(frames_[i])] = i;
  for (FrameNumber frame = 0; frame < table.size(); ++frame) {
    if (table[frame].is_keyframe) keyframes_.push_back(frame);
  }
}

std::optional<DecodeOrder> DecodeOrder::from_offsets(const FrameTable& table) {
  std::vector<FrameNumber> frames(static_cast<std::size_t>(table.size()));
  for (FrameNumber frame = 0; frame < table.size(); ++frame) {
    if (table[frame].offset < 0) return std::nullopt;
    frames[static_cast<std::size_t>(frame)] = frame;
  }
  std::sort(frames.begin(), frames.end(),
            [&](FrameNumber a, FrameNumber b) { return table[a].offset < table[b].offset; });
  const auto same = std::adjacent_find(frames.begin(), frames.end(), [&](FrameNumber a, FrameNumber b) {
    return table[a].offset == table[b].offset;
  });
  if (same != frames.end()) return std::nullopt;
  return DecodeOrder(std::move(frames), table);
}

std::optional<DecodeOrder> DecodeOrder::from_packets(Demuxer& demuxer, const FrameTable& table) {
  std::unordered_map<std::int64_t, FrameNumber> by_pts;
  for (FrameNumber frame = 0; frame < table.size(); ++frame) by_pts.emplace(table[frame].pts, frame);
  std::vector<FrameNumber> frames;
  frames.reserve(static_cast<std::size_t>(table.size()));
  while (const AVPacket* packet = demuxer.next()) {
    if (packet->stream_index != demuxer.info().video.index) continue;
    const auto found = by_pts.find(packet->pts);
    if (found == by_pts.end()) continue;
    frames.push_back(found->second);
    by_pts.erase(found);
  }
  if (!by_pts.empty()) return std::nullopt;
  return DecodeOrder(std::move(frames), table);
}

std::optional<FrameNumber> DecodeOrder::keyframe_before(FrameNumber frame) const {
  const auto after = std::upper_bound(keyframes_.begin(), keyframes_.end(), frame);
  if (after == keyframes_.begin()) return std::nullopt;
  return *std::prev(after);
}

std::string_view to_string(ExportRung rung) {
  switch (rung) {
    case ExportRung::Copy:
      return "copy";
    case ExportRung::Smart:
      return "smart";
    case ExportRung::Encode:
      return "encode";
  }
  HEATERS_CHECK(false);
}

ClipPlan plan_encoding(FrameSpan span, std::string reason) {
  return {.rung = ExportRung::Encode,
          .reason = std::move(reason),
          .head = span,
          .copied = {span.end, span.end},
          .tail = {span.end, span.end}};
}

ClipPlan plan_clip(const DecodeOrder& order, FrameSpan span, bool can_join) {
  const auto& keyframes = order.keyframes();
  const auto key = std::lower_bound(keyframes.begin(), keyframes.end(), span.begin);
  if (key == keyframes.end() || *key >= span.end) {
    return plan_encoding(span, "no keyframe lies in the clip");
  }
  const CopiedPackets copied = copy_from(order, *key, span.end);
  const bool is_whole = copied.frames == span;
  if (!is_whole && !can_join) {
    return plan_encoding(span, why_not_copied(span, copied) + ", and encoded frames cannot join copied ones");
  }
  if (copied.frames.length() == 0) {
    return plan_encoding(span, "no frames but those behind the end follow the keyframe");
  }
  return {.rung = is_whole ? ExportRung::Copy : ExportRung::Smart,
          .reason = is_whole ? "" : why_not_copied(span, copied),
          .head = {span.begin, copied.frames.begin},
          .copied = copied.frames,
          .tail = {copied.frames.end, span.end},
          .first_packet = order.index_of(*key),
          .end_packet = copied.end_packet,
          .most_reordered = copied.most_reordered};
}

}  // namespace heaters::media

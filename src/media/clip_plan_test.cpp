#include "media/clip_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heaters::media {
namespace {

// Packets in decoding order; keyframes are told by name.
struct Source {
  std::vector<FrameNumber> order;
  std::vector<FrameNumber> keyframes;

  DecodeOrder read() const {
    FrameTable table({1, 24});
    for (FrameNumber frame = 0; frame < static_cast<FrameNumber>(order.size()); ++frame) {
      const auto packet = std::find(order.begin(), order.end(), frame) - order.begin();
      table.append({.pts = frame,
                    .offset = packet * 1000,
                    .bytes = 1000,
                    .is_keyframe = std::find(keyframes.begin(), keyframes.end(), frame) != keyframes.end()});
    }
    return *DecodeOrder::from_offsets(table);
  }
};

// I P B B P B B | I P B B P B B
const Source closed{{0, 3, 1, 2, 6, 4, 5, 7, 10, 8, 9, 13, 11, 12}, {0, 7}};
// The second I is decoded before two frames that are shown before it.
const Source open_group{{0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11, 13}, {0, 9}};

TEST(ClipPlan, FromKeyframeToACleanEndAllIsCopied) {
  const ClipPlan plan = plan_clip(closed.read(), {0, 7}, true);
  EXPECT_EQ(plan.rung, ExportRung::Copy);
  EXPECT_EQ(plan.copied, (FrameSpan{0, 7}));
  EXPECT_EQ(plan.first_packet, 0U);
  EXPECT_EQ(plan.end_packet, 7U);
  EXPECT_EQ(plan.reason, "");
}

TEST(ClipPlan, AnEndWithinReorderedFramesLeavesATail) {
  const ClipPlan plan = plan_clip(closed.read(), {0, 5}, true);
  EXPECT_EQ(plan.rung, ExportRung::Smart);
  EXPECT_EQ(plan.head.length(), 0);
  EXPECT_EQ(plan.copied, (FrameSpan{0, 4}));
  EXPECT_EQ(plan.tail, (FrameSpan{4, 5}));
  EXPECT_EQ(plan.end_packet, 4U);
}

TEST(ClipPlan, ABeginWithinAGroupLeavesAHead) {
  const ClipPlan plan = plan_clip(closed.read(), {2, 14}, true);
  EXPECT_EQ(plan.rung, ExportRung::Smart);
  EXPECT_EQ(plan.head, (FrameSpan{2, 7}));
  EXPECT_EQ(plan.copied, (FrameSpan{7, 14}));
  EXPECT_EQ(plan.tail.length(), 0);
  EXPECT_EQ(plan.reason, "frame 2 is no keyframe, the next one is 7");
}

TEST(ClipPlan, FramesShownBeforeAnOpenKeyframeAreEncoded) {
  const ClipPlan plan = plan_clip(open_group.read(), {7, 13}, true);
  EXPECT_EQ(plan.head, (FrameSpan{7, 9}));
  EXPECT_EQ(plan.copied, (FrameSpan{9, 13}));
  EXPECT_EQ(plan.first_packet, 7U);
  EXPECT_EQ(plan.end_packet, 13U);
}

TEST(ClipPlan, ACopyMayBeginAtAnOpenKeyframe) {
  const ClipPlan plan = plan_clip(open_group.read(), {9, 14}, true);
  EXPECT_EQ(plan.rung, ExportRung::Copy);
  EXPECT_EQ(plan.copied, (FrameSpan{9, 14}));
}

TEST(ClipPlan, WithoutAKeyframeAllIsEncoded) {
  const ClipPlan plan = plan_clip(closed.read(), {1, 6}, true);
  EXPECT_EQ(plan.rung, ExportRung::Encode);
  EXPECT_EQ(plan.head, (FrameSpan{1, 6}));
  EXPECT_EQ(plan.copied.length(), 0);
}

TEST(ClipPlan, WhatCannotBeJoinedIsCopiedWholeOrNotAtAll) {
  EXPECT_EQ(plan_clip(closed.read(), {7, 14}, false).rung, ExportRung::Copy);
  const ClipPlan plan = plan_clip(closed.read(), {6, 14}, false);
  EXPECT_EQ(plan.rung, ExportRung::Encode);
  EXPECT_EQ(plan.reason,
            "frame 6 is no keyframe, the next one is 7, and encoded frames cannot join copied ones");
}

TEST(ClipPlan, SingleFramesAreClips) {
  EXPECT_EQ(plan_clip(closed.read(), {7, 8}, true).rung, ExportRung::Copy);
  EXPECT_EQ(plan_clip(closed.read(), {13, 14}, true).rung, ExportRung::Encode);
}

TEST(ClipPlan, TellsHowFarFramesAreReordered) {
  EXPECT_EQ(plan_clip(closed.read(), {0, 14}, true).most_reordered, 1);
  const Source pyramid{{0, 4, 2, 1, 3}, {0}};
  EXPECT_EQ(plan_clip(pyramid.read(), {0, 5}, true).most_reordered, 2);
}

TEST(DecodeOrder, WithoutOffsetsItIsNotKnown) {
  FrameTable table({1, 24});
  table.append({.pts = 0, .offset = -1, .bytes = 1, .is_keyframe = true});
  EXPECT_FALSE(DecodeOrder::from_offsets(table));
  FrameTable twice({1, 24});
  twice.append({.pts = 0, .offset = 7, .bytes = 1, .is_keyframe = true});
  twice.append({.pts = 1, .offset = 7, .bytes = 1, .is_keyframe = false});
  EXPECT_FALSE(DecodeOrder::from_offsets(twice));
}

}  // namespace
}  // namespace heaters::media

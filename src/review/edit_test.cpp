#include "review/edit.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace heaters::review {
namespace {

using catalog::Clip;
using catalog::Decision;
using testing::HasSubstr;
using testing::SizeIs;

// | a | B : C | d |, ten frames each.
class EditTest : public testing::Test {
 protected:
  EditTest() {
    for (FrameNumber i = 0; i < 4; ++i) {
      clips.push_back({.id = catalog::ClipId::make(), .span = {i * 10, i * 10 + 10}});
    }
    clips[0].begin_kind = "start";
    clips[1].decision = clips[2].decision = Decision::Approved;
    clips[2].is_grouped = true;
  }

  std::vector<Change> edit(Operation operation, std::size_t clip, std::optional<FrameNumber> frame = {}) {
    return changes_of({.operation = operation, .clips = {clips[clip].id}, .frame = frame, .cuts = {}}, clips);
  }
  void expect_refusal(Operation operation, std::size_t clip, const std::string& why,
                      std::optional<FrameNumber> frame = {}) {
    try {
      edit(operation, clip, frame);
      ADD_FAILURE() << to_string(operation) << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Conflict);
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  }

  std::vector<Clip> clips;
};

TEST_F(EditTest, ADecisionChangesOneClip) {
  const auto changes = edit(Operation::Approve, 0);
  ASSERT_THAT(changes, SizeIs(1));
  EXPECT_EQ(changes[0].before, clips[0]);
  EXPECT_EQ(changes[0].after->decision, Decision::Approved);
  EXPECT_EQ(changes[0].after->span, clips[0].span);
}

TEST_F(EditTest, WhatIsDecidedAlreadyIsRefused) {
  expect_refusal(Operation::Approve, 1, "approved already");
}

TEST_F(EditTest, ArchivingTakesAClipOutOfItsGroupFromBothSides) {
  const auto changes = edit(Operation::Archive, 1);
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].after->decision, Decision::Archived);
  EXPECT_FALSE(changes[1].after->is_grouped);
  EXPECT_EQ(changes[1].after->decision, Decision::Approved);
}

TEST_F(EditTest, MergingLeavesOneUndecidedClipWithTheFirstOnesId) {
  const auto changes = edit(Operation::Merge, 2);
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].after->id, clips[1].id);
  EXPECT_EQ(changes[0].after->span, (FrameSpan{10, 30}));
  EXPECT_EQ(changes[0].after->decision, std::nullopt);
  EXPECT_EQ(changes[1].before, clips[2]);
  EXPECT_EQ(changes[1].after, std::nullopt);
}

TEST_F(EditTest, TheFirstClipHasNothingToMergeGroupOrMoveTo) {
  expect_refusal(Operation::Merge, 0, "no clip is before it");
  expect_refusal(Operation::Group, 0, "no clip is before it");
  expect_refusal(Operation::Move, 0, "no clip is before it", 5);
}

TEST_F(EditTest, GroupingApprovesBoth) {
  const auto changes = edit(Operation::Group, 1);
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].after->decision, Decision::Approved);
  EXPECT_TRUE(changes[1].after->is_grouped);
  expect_refusal(Operation::Group, 2, "already");
}

TEST_F(EditTest, UngroupingIsForClipsInAGroup) {
  ASSERT_THAT(edit(Operation::Ungroup, 1), SizeIs(1));
  EXPECT_FALSE(edit(Operation::Ungroup, 1)[0].after->is_grouped);
  expect_refusal(Operation::Ungroup, 3, "in no group");
}

TEST_F(EditTest, SplittingMakesTwoUndecidedClips) {
  const auto changes = edit(Operation::Split, 1, 14);
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].after->span, (FrameSpan{10, 14}));
  EXPECT_EQ(changes[0].after->decision, std::nullopt);
  EXPECT_EQ(changes[1].before, std::nullopt);
  EXPECT_EQ(changes[1].after->span, (FrameSpan{14, 20}));
  EXPECT_EQ(changes[1].after->score, std::nullopt);
}

TEST_F(EditTest, AClipOfOneFrameRemainsPossibleAndAnEmptyOneDoesNot) {
  EXPECT_EQ(edit(Operation::Split, 1, 19)[1].after->span.length(), 1);
  expect_refusal(Operation::Split, 1, "begins at frame 10", 10);
  expect_refusal(Operation::Split, 1, "not in it", 20);
  expect_refusal(Operation::Split, 1, "not in it", 9);
}

TEST_F(EditTest, MovingACutStaysBetweenItsNeighboursAndKeepsDecisions) {
  const auto changes = edit(Operation::Move, 2, 11);
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].after->span, (FrameSpan{10, 11}));
  EXPECT_EQ(changes[1].after->span, (FrameSpan{11, 30}));
  EXPECT_EQ(changes[1].after->decision, Decision::Approved);
  expect_refusal(Operation::Move, 2, "not between", 10);
  expect_refusal(Operation::Move, 2, "not between", 30);
  expect_refusal(Operation::Move, 2, "already", 20);
}

TEST_F(EditTest, ResegmentingKeepsTheClipsOfCutsThatStay) {
  clips[1].decision = clips[2].decision = std::nullopt;
  clips[2].is_grouped = false;
  const auto changes = changes_of({.operation = Operation::Resegment,
                                   .clips = {},
                                   .frame = std::nullopt,
                                   .cuts = {{10, "cut", 0.9}, {35, "fade", 0.2}},
                                   .frame_count = 40},
                                  clips);
  ASSERT_THAT(changes, SizeIs(4));
  EXPECT_EQ(changes[0].after->id, clips[1].id);
  EXPECT_EQ(changes[0].after->span, (FrameSpan{10, 35}));
  EXPECT_EQ(changes[3].after->span, (FrameSpan{35, 40}));
  EXPECT_EQ(changes[3].after->begin_kind, "fade");
}

TEST_F(EditTest, AReviewedVideoIsNotResegmented) {
  EXPECT_THROW(changes_of({.operation = Operation::Resegment,
                           .clips = {},
                           .frame = std::nullopt,
                           .cuts = {},
                           .frame_count = 40},
                          clips),
               Error);
}

TEST(ChangesJson, ComesBack) {
  Clip clip{.id = catalog::ClipId::make(), .span = {3, 9}};
  clip.score = 0.1;
  clip.decision = Decision::Skipped;
  const std::vector<Change> changes = {{clip, std::nullopt}, {std::nullopt, clip}};
  EXPECT_EQ(parse_changes(changes_json(changes)), changes);
  EXPECT_THROW(parse_changes("[{}]"), Error);
}

}  // namespace
}  // namespace heaters::review

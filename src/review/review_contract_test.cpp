// What review does to the rows, on both databases.

#include "review/review.h"

#include <gmock/gmock.h>

#include "catalog/catalog_test_video.h"
#include "fixtures/databases.h"
#include "review/leases.h"

namespace heaters::review {
namespace {

using catalog::Clip;
using catalog::Decision;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ReviewTest : public fixtures::DatabaseTest {
 protected:
  std::vector<Clip> clips() { return catalog::Catalog(*database).clips(video); }
  static SeenClip seen(const Clip& clip) { return {clip.id, clip.span, clip.decision, clip.is_grouped}; }
  SeenClip seen(std::size_t index) { return seen(clips().at(index)); }
  LoggedDecision perform(Operation operation, std::size_t index, std::optional<FrameNumber> frame = {}) {
    return anna.perform(video, operation, {seen(index)}, frame);
  }
  // The message and the clips of the conflict.
  ReviewConflict conflict(const std::function<void()>& action) {
    const auto before = clips();
    const std::string log = ask("SELECT count(*) FROM decisions");
    try {
      action();
    } catch (const ReviewConflict& refusal) {
      EXPECT_EQ(clips(), before);
      EXPECT_EQ(ask("SELECT count(*) FROM decisions"), log);
      return refusal;
    }
    ADD_FAILURE() << "was accepted";
    return {"", {}};
  }

  void SetUp() override {
    DatabaseTest::SetUp();
    video = catalog::record_video(*database, {30, 60});
  }

  catalog::VideoId video = catalog::VideoId::make();
  Review anna{*database, "anna"};
  Review ben{*database, "ben"};
};

TEST_P(ReviewTest, ADecisionIsInTheRowAndInTheLog) {
  const auto done = perform(Operation::Approve, 1);
  EXPECT_EQ(clips()[1].decision, Decision::Approved);
  const auto log = anna.history(10);
  ASSERT_THAT(log, SizeIs(1));
  EXPECT_EQ(log[0].id, done.id);
  EXPECT_EQ(log[0].operation, "approve");
  EXPECT_EQ(log[0].state, "done");
  EXPECT_EQ(log[0].changes, done.changes);
  EXPECT_THAT(ben.history(10), IsEmpty());
  EXPECT_THAT(ben.history_of(video, 10), SizeIs(1));
}

TEST_P(ReviewTest, SplitMoveAndMergeKeepThePartition) {
  perform(Operation::Split, 1, 45);
  EXPECT_THAT(clips(), SizeIs(4));
  perform(Operation::Move, 2, 50);
  EXPECT_EQ(clips()[2].span, (FrameSpan{50, 60}));
  perform(Operation::Merge, 1);
  EXPECT_EQ(clips()[0].span, (FrameSpan{0, 50}));
}

TEST_P(ReviewTest, UndoBringsBackTheSameClips) {
  const auto start = clips();
  perform(Operation::Merge, 1);
  perform(Operation::Split, 0, 10);
  perform(Operation::Group, 1);
  perform(Operation::Move, 1, 20);
  const auto end = clips();
  for (int i = 0; i < 4; ++i) anna.undo();
  EXPECT_EQ(clips(), start);
  conflict([&] { anna.undo(); });
  for (int i = 0; i < 4; ++i) anna.redo();
  EXPECT_EQ(clips(), end);
  conflict([&] { anna.redo(); });
}

TEST_P(ReviewTest, ANewOperationEndsRedo) {
  perform(Operation::Approve, 0);
  anna.undo();
  perform(Operation::Skip, 0);
  EXPECT_THAT(conflict([&] { anna.redo(); }).what(), HasSubstr("nothing to redo"));
  anna.undo();
  EXPECT_THAT(conflict([&] { anna.undo(); }).what(), HasSubstr("nothing to undo"));
}

TEST_P(ReviewTest, ManyClipsAreOneDecisionAndOneUndo) {
  const auto start = clips();
  anna.perform(video, Operation::Archive, {seen(0), seen(1), seen(2)});
  for (const Clip& clip : clips()) EXPECT_EQ(clip.decision, Decision::Archived);
  anna.undo();
  EXPECT_EQ(clips(), start);
}

TEST_P(ReviewTest, UndoLeadsFromVideoToVideo) {
  const auto other = catalog::record_video(*database, {50});
  perform(Operation::Approve, 0);
  const Clip there = catalog::Catalog(*database).clips(other)[0];
  anna.perform(other, Operation::Skip, {seen(there)});
  EXPECT_EQ(anna.undo().video_id, other);
  EXPECT_EQ(anna.undo().video_id, video);
}

TEST_P(ReviewTest, WhoSawAnOlderStateIsToldTheNewOne) {
  const SeenClip old = seen(1);
  perform(Operation::Split, 1, 45);
  const auto refusal = conflict([&] { ben.perform(video, Operation::Approve, {old}); });
  EXPECT_THAT(refusal.what(), HasSubstr("[30, 45) now"));
  ASSERT_THAT(refusal.clips(), SizeIs(2));
  EXPECT_EQ(refusal.clips()[1].span, (FrameSpan{45, 60}));
}

TEST_P(ReviewTest, ADecisionOfAnotherIsNotOverwritten) {
  const SeenClip undecided = seen(0);
  perform(Operation::Approve, 0);
  EXPECT_THAT(conflict([&] { ben.perform(video, Operation::Archive, {undecided}); }).what(),
              HasSubstr("approved now"));
  // Who has seen it may.
  ben.perform(video, Operation::Archive, {seen(0)});
  EXPECT_THAT(conflict([&] { anna.undo(); }).what(), HasSubstr("changed since"));
}

TEST_P(ReviewTest, AnUndoThatIsInTheWayCanBePassedByNamingAnEarlierOne) {
  const auto first = perform(Operation::Approve, 0);
  perform(Operation::Approve, 1);
  ben.perform(video, Operation::Skip, {seen(1)});
  conflict([&] { anna.undo(); });
  anna.undo(first.id);
  EXPECT_EQ(clips()[0].decision, std::nullopt);
  conflict([&] { anna.undo(first.id); });
  conflict([&] { ben.undo(first.id); });
}

TEST_P(ReviewTest, UndoOfAMergeIsRefusedWhenAnotherCutStandsThere) {
  perform(Operation::Merge, 1);
  ben.perform(video, Operation::Split, {seen(0)}, 30);
  conflict([&] { anna.undo(); });
}

TEST_P(ReviewTest, UndoOfAMoveIsRefusedWhenTheNeighbourWasSplit) {
  perform(Operation::Move, 1, 40);
  ben.perform(video, Operation::Split, {seen(0)}, 35);
  conflict([&] { anna.undo(); });
}

TEST_P(ReviewTest, WhatAnotherLooksAtIsLeftAlone) {
  {
    db::Transaction transaction(*database);
    note_reviewer(*database, "ben");
    EXPECT_TRUE(Leases(*database, "ben").take(clips()[1].id));
    transaction.commit();
  }
  EXPECT_THAT(conflict([&] { perform(Operation::Approve, 1); }).what(), HasSubstr("ben is looking"));
  // Also as a neighbour: the merge would change it.
  conflict([&] { perform(Operation::Merge, 2); });
  ben.perform(video, Operation::Approve, {seen(1)});
  EXPECT_EQ(clips()[1].decision, Decision::Approved);
}

TEST_P(ReviewTest, ResegmentIsUndoneToo) {
  const auto start = clips();
  anna.resegment(video, {{10, "cut", 0.3}, {60, "dissolve", 0.4}});
  EXPECT_THAT(clips(), SizeIs(3));
  EXPECT_EQ(clips()[1].begin_kind, "cut");
  anna.undo();
  EXPECT_EQ(clips(), start);
  perform(Operation::Approve, 0);
  EXPECT_THROW(anna.resegment(video, {}), Error);
  anna.undo();
  EXPECT_THROW(anna.resegment(video, {{100, "cut", 0.3}}), Error);
}

TEST_P(ReviewTest, NonsenseIsRefused) {
  EXPECT_THROW(anna.perform(video, Operation::Approve, {}), Error);
  EXPECT_THROW(anna.perform(video, Operation::Merge, {seen(1), seen(2)}), Error);
  EXPECT_THROW(anna.perform(video, Operation::Split, {seen(1)}), Error);
  const auto other = catalog::record_video(*database, {});
  EXPECT_THROW(anna.perform(other, Operation::Approve, {seen(1)}), Error);
  EXPECT_THROW(anna.perform(catalog::VideoId::make(), Operation::Approve, {seen(1)}), Error);
  EXPECT_EQ(ask("SELECT count(*) FROM decisions"), "0");
}

TEST_P(ReviewTest, TheDatabaseItselfHoldsThePartition) {
  const std::string where = " WHERE video_id = '" + video.text() + "'";
  for (const std::string& sql :
       {"UPDATE cuts SET frame = 60" + where + " AND frame = 30",
        "UPDATE cuts SET frame = 100" + where + " AND frame = 60",
        "UPDATE cuts SET frame = -1" + where + " AND frame = 60",
        "UPDATE cuts SET frame = 5" + where + " AND frame = 0", "DELETE FROM cuts" + where + " AND frame = 0",
        "UPDATE cuts SET is_grouped = NOT is_grouped" + where + " AND frame = 0",
        "UPDATE cuts SET decision = 'perhaps'" + where}) {
    EXPECT_THROW(
        {
          db::Transaction transaction(*database);
          database->execute(sql);
          transaction.commit();
        },
        Error)
        << sql;
  }
  EXPECT_THAT(clips(), SizeIs(3));
}

INSTANTIATE_TEST_SUITE_P(Databases, ReviewTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::review

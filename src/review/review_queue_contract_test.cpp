// What the review queue hands out, on both databases.

#include "review/review_queue.h"

#include <gmock/gmock.h>

#include <latch>
#include <set>
#include <thread>

#include "catalog/catalog_test_video.h"
#include "fixtures/databases.h"
#include "review/review.h"

namespace heaters::review {
namespace {

using testing::ElementsAre;

class ReviewQueueTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    first = catalog::record_video(*database, {30, 60});
    // Ids of one millisecond are in no order.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    second = catalog::record_video(*database, {10});
  }
  std::vector<FrameNumber> begins(const std::vector<QueuedClip>& clips) {
    std::vector<FrameNumber> found;
    found.reserve(clips.size());
    for (const QueuedClip& each : clips) found.push_back(each.clip.span.begin);
    return found;
  }

  catalog::VideoId first = catalog::VideoId::make();
  catalog::VideoId second = catalog::VideoId::make();
  ReviewQueue anna{*database, "anna"};
  ReviewQueue ben{*database, "ben"};
};

TEST_P(ReviewQueueTest, GoesByVideoThenTime) {
  EXPECT_THAT(begins(anna.take({}, QueueOrder::Time, 10, {})), ElementsAre(0, 30, 60, 0, 10));
}

TEST_P(ReviewQueueTest, OrNewestScoreOrLength) {
  EXPECT_THAT(begins(anna.take({}, QueueOrder::Newest, 10, {})), ElementsAre(0, 10, 0, 30, 60));
  EXPECT_THAT(begins(anna.take({.video = first}, QueueOrder::Score, 10, {})), ElementsAre(30, 60, 0));
  EXPECT_THAT(begins(anna.take({.video = second}, QueueOrder::Shortest, 10, {})), ElementsAre(0, 10));
  EXPECT_THAT(begins(anna.take({.video = second}, QueueOrder::Longest, 10, {})), ElementsAre(10, 0));
}

TEST_P(ReviewQueueTest, WhatOneHasTheOtherIsNotHanded) {
  EXPECT_THAT(begins(anna.take({}, QueueOrder::Time, 2, {})), ElementsAre(0, 30));
  EXPECT_THAT(begins(ben.take({}, QueueOrder::Time, 2, {})), ElementsAre(60, 0));
  // One's own again, since it is not decided yet.
  EXPECT_THAT(begins(anna.take({}, QueueOrder::Time, 9, {})), ElementsAre(0, 30, 10));
}

TEST_P(ReviewQueueTest, ReleasedAndExpiredLeasesAreFree) {
  const auto taken = anna.take({}, QueueOrder::Time, 2, {});
  Leases(*database, "anna").release({taken[0].clip.id});
  EXPECT_THAT(begins(ben.take({.video = first}, QueueOrder::Time, 9, {})), ElementsAre(0, 60));
  EXPECT_FALSE(Leases(*database, "ben").take(taken[1].clip.id));
  EXPECT_EQ(Leases(*database, "ben").other_holder(taken[1].clip.id), "anna");
  database->execute("UPDATE leases SET expires_at = '2020-01-01T00:00:00.000Z' WHERE reviewer = 'anna'");
  EXPECT_EQ(Leases(*database, "ben").other_holder(taken[1].clip.id), std::nullopt);
  EXPECT_THAT(begins(ben.take({.video = first}, QueueOrder::Time, 9, {})), ElementsAre(0, 30, 60));
}

TEST_P(ReviewQueueTest, FiltersByDecisionScoreAndLength) {
  const auto clips = catalog::Catalog(*database).clips(first);
  Review(*database, "anna").perform(first, Operation::Skip, {{clips[1].id, clips[1].span, std::nullopt}});
  EXPECT_THAT(begins(anna.take({.video = first}, QueueOrder::Time, 9, {})), ElementsAre(0, 60));
  EXPECT_THAT(begins(anna.take({.decision = catalog::Decision::Skipped}, QueueOrder::Time, 9, {})),
              ElementsAre(30));
  EXPECT_THAT(begins(anna.take({.min_score = 0.505}, QueueOrder::Time, 9, {})), ElementsAre(60));
  EXPECT_THAT(begins(anna.take({.max_score = 0.505}, QueueOrder::Time, 9, {})), ElementsAre(10));
  EXPECT_THAT(begins(anna.take({.max_seconds = 0.5}, QueueOrder::Time, 9, {})), ElementsAre(0));
  EXPECT_THAT(begins(anna.take({.min_seconds = 2}, QueueOrder::Time, 9, {})), ElementsAre(10));
  EXPECT_EQ(anna.count({}, 100), 4);
  EXPECT_EQ(anna.count({}, 2), 2);
}

TEST_P(ReviewQueueTest, ExcludesWhatTheCallerHas) {
  const auto taken = anna.take({}, QueueOrder::Time, 1, {});
  EXPECT_THAT(begins(anna.take({}, QueueOrder::Time, 1, {taken[0].clip.id})), ElementsAre(30));
}

TEST_P(ReviewQueueTest, TwoAtOnceNeverGetTheSameClip) {
  std::vector<FrameNumber> cuts;
  for (FrameNumber frame = 1; frame < 100; ++frame) cuts.push_back(frame);
  const auto many = catalog::record_video(*database, cuts);
  std::array<std::set<std::string>, 2> taken;
  std::latch begin(2);
  const auto work = [&](std::size_t index, const std::string& reviewer) {
    const auto connection = connect();
    ReviewQueue queue(*connection, reviewer);
    std::vector<catalog::ClipId> mine;
    begin.arrive_and_wait();
    for (int i = 0; i < 50; ++i) {
      for (const QueuedClip& each : queue.take({.video = many}, QueueOrder::Time, 2, mine)) {
        mine.push_back(each.clip.id);
        taken[index].insert(each.clip.id.text());
      }
    }
  };
  {
    std::jthread one(work, 0U, "anna");
    std::jthread other(work, 1U, "ben");
  }
  for (const std::string& id : taken[0]) EXPECT_FALSE(taken[1].contains(id));
  EXPECT_EQ(taken[0].size() + taken[1].size(), 100U);
}

INSTANTIATE_TEST_SUITE_P(Databases, ReviewQueueTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::review

// What the sums of the cost ledger say, on both databases.

#include <gmock/gmock.h>

#include "base/time.h"
#include "catalog/cost_ledger.h"
#include "catalog/stage_days.h"
#include "catalog/video.h"
#include "fixtures/databases.h"

namespace heaters::catalog {
namespace {

using testing::DoubleNear;
using testing::IsEmpty;
using testing::SizeIs;

class StageDaysTest : public fixtures::DatabaseTest {
 protected:
  void add(const std::string& stage, const Usage& usage, AttemptEnd end = AttemptEnd::Done) {
    CostLedger(*database).add({VideoId::make().text(), stage, "node-" + std::to_string(++nodes), usage, end});
  }

  static std::string today() { return format_utc(utc_now()).substr(0, 10); }

  StageDays days{*database};
  int nodes = 0;
};

TEST_P(StageDaysTest, SayWhatTheEntriesOfAllNodesComeTo) {
  for (int i = 0; i < 20; ++i) {
    add("ingest", {.store = {.get_requests = 2, .bytes_received = 10},
                   .cpu_seconds = 0.5,
                   .wall_seconds = 2,
                   .queue_seconds = 0.25,
                   .frames_decoded = 100,
                   .frames_encoded = 50});
  }
  add("ingest", {.wall_seconds = 0.05}, AttemptEnd::Failed);
  add("ingest", {.cpu_seconds = 0.5, .wall_seconds = 0.01}, AttemptEnd::PutOff);
  add("publish", {.store = {.put_requests = 3, .bytes_sent = 7}, .wall_seconds = 5000});
  const auto sums = days.sums();
  ASSERT_THAT(sums, SizeIs(2));
  const StageSum& ingest = sums[0];
  EXPECT_EQ(ingest.stage, "ingest");
  EXPECT_EQ(ingest.day, "");
  EXPECT_EQ(ingest.attempts, 21);
  EXPECT_EQ(ingest.failures, 1);
  EXPECT_EQ(ingest.usage.store.get_requests, 40);
  EXPECT_EQ(ingest.usage.store.bytes_received, 200);
  EXPECT_THAT(ingest.usage.cpu_seconds, DoubleNear(10.5, 1e-9));
  EXPECT_THAT(ingest.usage.wall_seconds, DoubleNear(40.06, 1e-9));
  EXPECT_THAT(ingest.usage.queue_seconds, DoubleNear(5, 1e-9));
  EXPECT_EQ(ingest.usage.frames_decoded, 2000);
  EXPECT_EQ(ingest.usage.frames_encoded, 1000);
  EXPECT_EQ(ingest.by_duration[0], 1);
  EXPECT_EQ(ingest.by_duration[3], 20);
  EXPECT_EQ(sums[1].usage.store.put_requests, 3);
  EXPECT_EQ(sums[1].by_duration.back(), 1);
}

TEST_P(StageDaysTest, AreByDay) {
  add("ingest", {.wall_seconds = 1});
  const std::string day = today();
  ASSERT_THAT(days.days(day), SizeIs(1));
  EXPECT_EQ(days.days(day)[0].day, day);
  EXPECT_THAT(days.days("9999-01-01"), IsEmpty());
  EXPECT_THAT(days.sums("9999-01-01"), IsEmpty());
}

TEST(StageSum, TellsHowLongAttemptsTakeFromTheirClasses) {
  StageSum sum{.attempts = 100};
  sum.by_duration[2] = 90;  // 0.3 to 1 s
  sum.by_duration[3] = 10;  // 1 to 3 s
  EXPECT_THAT(sum.wall_seconds_of(0.5), DoubleNear(0.3 + 0.7 * 50 / 90, 1e-9));
  EXPECT_THAT(sum.wall_seconds_of(0.95), DoubleNear(2, 1e-9));
  EXPECT_THAT(sum.wall_seconds_of(1), DoubleNear(3, 1e-9));
  EXPECT_EQ(StageSum{}.wall_seconds_of(0.95), 0);
  StageSum slow{.attempts = 1};
  slow.by_duration.back() = 1;
  EXPECT_EQ(slow.wall_seconds_of(0.95), 3000);
}

INSTANTIATE_TEST_SUITE_P(Databases, StageDaysTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::catalog

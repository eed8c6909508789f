// What the cost ledger does, on both databases.

#include <gmock/gmock.h>

#include "catalog/cost_ledger.h"
#include "fixtures/databases.h"

namespace heaters::catalog {
namespace {

using testing::SizeIs;

class CostLedgerTest : public fixtures::DatabaseTest {
 protected:
  CostLedger ledger{*database};
};

TEST_P(CostLedgerTest, EntriesAddUpByVideoAndStage) {
  const std::string a = VideoId::make().text();
  const std::string b = VideoId::make().text();
  ledger.add({a, "publish", "n", {.store = {.put_requests = 3, .bytes_sent = 100}, .cpu_seconds = 0.5}});
  ledger.add({a, "publish", "n", {.store = {.put_requests = 2, .head_requests = 1}, .wall_seconds = 2}});
  ledger.add({a, "ingest", "n", {.cpu_seconds = 4}});
  ledger.add({b,
              "publish",
              "n",
              {.store = {.get_requests = 1, .list_requests = 2, .delete_requests = 3, .bytes_received = 7}}});
  const auto of_a = ledger.costs(VideoId::parse(a));
  ASSERT_THAT(of_a, SizeIs(1));
  EXPECT_EQ(of_a[0].by_stage.at("publish").store.put_requests, 5);
  EXPECT_EQ(of_a[0].total().store.bytes_sent, 100);
  EXPECT_EQ(of_a[0].total().store.head_requests, 1);
  EXPECT_EQ(of_a[0].total().cpu_seconds, 4.5);
  EXPECT_EQ(of_a[0].total().wall_seconds, 2);
  const auto all = ledger.costs(std::nullopt);
  ASSERT_THAT(all, SizeIs(2));
  const auto& of_b = all[0].video_id == b ? all[0] : all[1];
  EXPECT_EQ(of_b.total().store.get_requests, 1);
  EXPECT_EQ(of_b.total().store.list_requests, 2);
  EXPECT_EQ(of_b.total().store.delete_requests, 3);
  EXPECT_EQ(of_b.total().store.bytes_received, 7);
}

INSTANTIATE_TEST_SUITE_P(Databases, CostLedgerTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::catalog

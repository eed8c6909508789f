// What is known of stored bytes by day, on both databases.

#include <gmock/gmock.h>

#include "base/time.h"
#include "catalog/catalog.h"
#include "catalog/catalog_test_video.h"
#include "catalog/storage_days.h"
#include "fixtures/databases.h"

namespace heaters::catalog {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class StorageDaysTest : public fixtures::DatabaseTest {
 protected:
  void store(const std::string& name, std::uint64_t bytes, const std::string& storage_class) {
    const std::string key = "videos/" + id.text() + "/" + name;
    Catalog(*database).add_artifact(id, {key, "export", bytes, std::string(64, 'b'), "test", storage_class});
  }
  // As if it had been then, be it on another day.
  void counted_at(const std::string& time, double took) {
    database->prepare("UPDATE storage_counted SET counted_at = ?, took_seconds = ?")
        .bind(time)
        .bind(took)
        .run();
    database->prepare("UPDATE storage_days SET day = ?").bind(time.substr(0, 10)).run();
  }
  std::int64_t bytes() {
    const auto latest = days.latest();
    return latest.size() == 1 ? latest[0].bytes : -1;
  }
  std::string seconds_ago(int seconds) const { return format_utc(utc_now() - std::chrono::seconds(seconds)); }

  void SetUp() override {
    fixtures::DatabaseTest::SetUp();
    id = record_video(*database, {40});
  }

  VideoId id = VideoId::make();
  StorageDays days{*database};
};

TEST_P(StorageDaysTest, CountByClass) {
  EXPECT_THAT(days.latest(), IsEmpty());
  store("a.mp4", 10, "STANDARD");
  store("b.mp4", 20, "STANDARD");
  store("c.mkv", 5, "GLACIER_IR");
  days.count();
  const auto latest = days.latest();
  ASSERT_THAT(latest, SizeIs(2));
  EXPECT_EQ(latest[0].storage_class, "GLACIER_IR");
  EXPECT_EQ(latest[0].bytes, 5);
  EXPECT_EQ(latest[1].objects, 2);
  EXPECT_EQ(latest[1].bytes, 30);
  EXPECT_THAT(days.days("9999-01-01"), IsEmpty());
  EXPECT_THAT(days.days("2000-01-01"), SizeIs(2));
}

TEST_P(StorageDaysTest, AreCountedAgainWhenItIsTime) {
  store("a.mp4", 10, "STANDARD");
  days.count();
  store("b.mp4", 20, "STANDARD");
  counted_at(seconds_ago(30), 0.01);
  days.count();
  EXPECT_EQ(bytes(), 10);
  // It took a second: not for a thousand.
  counted_at(seconds_ago(500), 1);
  days.count();
  EXPECT_EQ(bytes(), 10);
  counted_at(seconds_ago(1100), 1);
  days.count();
  EXPECT_EQ(bytes(), 30);
}

INSTANTIATE_TEST_SUITE_P(Databases, StorageDaysTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::catalog

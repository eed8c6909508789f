// Waiting for what others do to the database.

#include "jobs/wakeup.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/file.h"
#include "db/sqlite.h"
#include "fixtures/slow_disk.h"

namespace heaters::jobs {
namespace {

using namespace std::chrono_literals;

// The change is seen only when the disk has it, long after the log has grown.
TEST(Wakeup, ASlowDiskHidesNoChange) {
  const TemporaryDirectory directory;
  const fixtures::SlowDisk disk(300ms);
  db::SqliteDatabase ours(directory.path() / "a.db");
  db::SqliteDatabase other(directory.path() / "a.db");
  other.execute("CREATE TABLE t (a)");
  const auto wakeup = make_wakeup(ours, "node");
  for (int i = 0; i < 3; ++i) {
    const std::jthread writer([&] { other.execute("INSERT INTO t VALUES (1)"); });
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(wakeup->wait(60s).has_everything_changed);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 30s);
  }
}

TEST(Wakeup, WithoutAChangeTheTimeOrANudgeEndsTheWait) {
  const TemporaryDirectory directory;
  db::SqliteDatabase database(directory.path() / "a.db");
  database.execute("CREATE TABLE t (a)");
  const auto wakeup = make_wakeup(database, "node");
  EXPECT_FALSE(wakeup->wait(20ms).has_everything_changed);
  wakeup->nudge();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(wakeup->wait(60s).has_everything_changed);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 30s);
}

}  // namespace
}  // namespace heaters::jobs

#include "jobs/crontab.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace heaters::jobs {
namespace {

// 2026-11-24 is a Tuesday.
bool matches(std::string_view expression, std::string_view time) {
  return CronExpression(expression).matches(*parse_utc(time));
}

TEST(CronExpression, FieldsMatchTheirUnits) {
  EXPECT_TRUE(matches("* * * * *", "2026-11-24T08:52:59Z"));
  EXPECT_TRUE(matches("52 8 24 11 2", "2026-11-24T08:52:00Z"));
  EXPECT_FALSE(matches("53 8 * * *", "2026-11-24T08:52:00Z"));
  EXPECT_TRUE(matches("*/15 * * * *", "2026-11-24T08:45:00Z"));
  EXPECT_FALSE(matches("*/15 * * * *", "2026-11-24T08:46:00Z"));
  EXPECT_TRUE(matches("5-10,50-58/4 * * * *", "2026-11-24T08:54:00Z"));
  EXPECT_FALSE(matches("5-10,50-58/4 * * * *", "2026-11-24T08:55:00Z"));
  EXPECT_TRUE(matches("0 0 * Nov TUE", "2026-11-24T00:00:00Z"));
  EXPECT_TRUE(matches("0 0 * * 7", "2026-11-22T00:00:00Z"));  // Sunday is 0 and 7
  EXPECT_TRUE(matches("@daily", "2026-11-24T00:00:30Z"));
  EXPECT_FALSE(matches("@hourly", "2026-11-24T00:01:00Z"));
}

TEST(CronExpression, WhenBothDaysAreRestrictedEitherWillDo) {
  EXPECT_TRUE(matches("0 0 1 * 2", "2026-11-24T00:00:00Z"));
  EXPECT_TRUE(matches("0 0 24 * 1", "2026-11-24T00:00:00Z"));
  EXPECT_FALSE(matches("0 0 1 * 1", "2026-11-24T00:00:00Z"));
  EXPECT_FALSE(matches("0 0 1 * *", "2026-11-24T00:00:00Z"));
}

TEST(CronExpression, NonsenseIsRefusedSayingWhere) {
  for (const char* wrong : {"", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *",
                            "*/0 * * * *", "* * * foo *", "@fortnightly", "1, * * * *"}) {
    try {
      CronExpression{wrong};
      ADD_FAILURE() << "accepted " << wrong;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
      EXPECT_THAT(error.what(), testing::HasSubstr("cron expression"));
    }
  }
}

}  // namespace
}  // namespace heaters::jobs

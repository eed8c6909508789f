#include "jobs/backoff.h"

#include <gtest/gtest.h>

namespace heaters::jobs {
namespace {

// The values of Oban's own documentation, without chance.
TEST(Backoff, IsObans) {
  const int expected[] = {17, 19, 23, 31, 47, 79, 143, 271, 527, 1039};
  for (int attempt = 1; attempt <= 10; ++attempt) {
    EXPECT_EQ(retry_backoff(attempt, 20, 0).count(), expected[attempt - 1]);
    EXPECT_GE(retry_backoff(attempt, 20), retry_backoff(attempt, 20, 0));
  }
  EXPECT_EQ(retry_backoff(20, 20, 0).count(), 15 + (1 << 20));
  EXPECT_EQ(retry_backoff(20, 40, 0), retry_backoff(10, 20, 0));
  EXPECT_EQ(retry_backoff(1, 20, 0.999).count(), 18);
}

TEST(Backoff, ReconnectingNeverWaitsLong) {
  for (int failures = 0; failures < 100; ++failures) {
    EXPECT_GE(reconnect_backoff(failures).count(), 50);
    EXPECT_LE(reconnect_backoff(failures).count(), 5000);
  }
}

}  // namespace
}  // namespace heaters::jobs

#include "base/progress.h"

#include <gtest/gtest.h>

#include <vector>

namespace heaters {
namespace {

TEST(ProgressThrottle, ReportsAtMostFiveTimesASecondAndAlwaysTheEnd) {
  auto now = ProgressThrottle::Clock::time_point{};
  std::vector<Progress> events;
  ProgressThrottle throttle(
      "ingest", "frames", 1000, [&](const Progress& p) { events.push_back(p); }, [&] { return now; });
  for (int frame = 1; frame <= 1000; ++frame) {  // one millisecond each
    now += std::chrono::milliseconds(1);
    throttle.update(frame);
  }
  throttle.finish(1000);
  ASSERT_EQ(events.size(), 6U);
  EXPECT_EQ(events[0].done, 200);
  EXPECT_EQ(events[0].expected, 1000);
  EXPECT_DOUBLE_EQ(events[0].per_second, 1000);
  EXPECT_FALSE(events[4].finished);
  EXPECT_TRUE(events[5].finished);
}

}  // namespace
}  // namespace heaters

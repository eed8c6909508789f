#include "elastic/scaling.h"

#include <gtest/gtest.h>

namespace heaters::elastic {
namespace {

using namespace std::chrono_literals;

const ScaleOut::Clock::time_point start{1h};

PoolSettings two_queues() {
  PoolSettings settings;
  settings.queues = {{"fetch", 4}, {"encode", 1}};
  return settings;
}

TEST(TargetWorkers, AreAsManyAsTheMostWantedQueueTakes) {
  const PoolSettings settings = two_queues();
  const PoolLimits limits{.min = 1, .max = 10};
  EXPECT_EQ(target_workers({0, 0}, settings, limits, 0), 1);
  EXPECT_EQ(target_workers({5, 0}, settings, limits, 0), 2);
  EXPECT_EQ(target_workers({5, 3}, settings, limits, 0), 3);
  EXPECT_EQ(target_workers({1000, 0}, settings, limits, 0), 10);
}

TEST(TargetWorkers, OrAsManyAsAllJobsTakeWhenItIsSaidHowManyEachIsFor) {
  PoolSettings settings = two_queues();
  settings.max_concurrency = 5;
  const PoolLimits limits{.min = 0, .max = 10};
  EXPECT_EQ(target_workers({0, 0}, settings, limits, 0), 0);
  EXPECT_EQ(target_workers({5, 0}, settings, limits, 0), 1);
  EXPECT_EQ(target_workers({3, 3}, settings, limits, 0), 2);
}

TEST(TargetWorkers, AreNoneWhenItDrainsOrTheMoneyIsSpent) {
  PoolSettings settings = two_queues();
  settings.spend_cap_per_day = 2;
  EXPECT_EQ(target_workers({5, 5}, settings, {.min = 2, .max = 4, .is_draining = true}, 0), 0);
  EXPECT_EQ(target_workers({5, 5}, settings, {.min = 2, .max = 4}, 1.99), 4);
  EXPECT_EQ(target_workers({5, 5}, settings, {.min = 2, .max = 4}, 2), 0);
  // A maximum that was lowered below the minimum wins.
  EXPECT_EQ(target_workers({5, 5}, settings, {.min = 3, .max = 1}, 0), 1);
}

TEST(ScaleOut, WaitsForADemandThatLasts) {
  ScaleOut scale_out(1s);
  EXPECT_EQ(scale_out.to_start(4, 0, 0, start), 0);
  EXPECT_EQ(scale_out.to_start(4, 0, 0, start + 900ms), 0);
  EXPECT_EQ(scale_out.to_start(4, 0, 1, start + 1s), 3);
  // A demand that went away in between is a new one.
  EXPECT_EQ(scale_out.to_start(0, 0, 0, start + 2s), 0);
  EXPECT_EQ(scale_out.to_start(4, 0, 0, start + 3s), 0);
}

TEST(ScaleOut, RestoresTheMinimumAtOnce) {
  ScaleOut scale_out(10s);
  EXPECT_EQ(scale_out.to_start(4, 2, 0, start), 2);
  EXPECT_EQ(scale_out.to_start(4, 2, 2, start), 0);
  EXPECT_EQ(scale_out.to_start(0, 2, 0, start), 0);  // drained
}

TEST(ScaleOut, WaitsLongerAfterEachWorkerThatDidNotBegin) {
  ScaleOut scale_out(0s);
  auto now = start;
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    EXPECT_EQ(scale_out.to_start(1, 1, 0, now), 1);
    scale_out.on_boot_failure(now);
    EXPECT_EQ(scale_out.to_start(1, 1, 0, now + wait - 1ms), 0) << wait.count();
    now += wait;
  }
  scale_out.on_boot();
  scale_out.on_boot_failure(now);
  EXPECT_EQ(scale_out.to_start(1, 1, 0, now + 1s), 1);
}

}  // namespace
}  // namespace heaters::elastic

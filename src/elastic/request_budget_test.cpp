#include "elastic/request_budget.h"

#include <gtest/gtest.h>

namespace heaters::elastic {
namespace {

using namespace std::chrono_literals;

const RequestBudget::Clock::time_point begin{1h};

TEST(RequestBudget, AllowsABurstAndThenAsManyASecondForEachKind) {
  RequestBudget budget(1, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take("create", begin)) << i;
  EXPECT_FALSE(budget.take("create", begin));
  EXPECT_TRUE(budget.take("list", begin));
  EXPECT_FALSE(budget.take("create", begin + 900ms));
  EXPECT_TRUE(budget.take("create", begin + 1s));
  EXPECT_FALSE(budget.take("create", begin + 1s));
  int taken = 0;
  for (auto now = begin + 100s; now < begin + 200s; now += 10ms) taken += budget.take("create", now) ? 1 : 0;
  EXPECT_NEAR(taken, 102, 1);
}

TEST(RequestBudget, WaitsWhenTheOtherSideSaysSo) {
  RequestBudget budget(1, 3);
  budget.exhaust("create", begin);
  EXPECT_FALSE(budget.take("create", begin + 500ms));
  EXPECT_TRUE(budget.take("create", begin + 1s));
}

TEST(RequestBudget, ForgetsKindsThatAreNotUsed) {
  RequestBudget budget(1, 3);
  for (int i = 0; i < 5000; ++i) EXPECT_TRUE(budget.take(std::to_string(i), begin + i * 1s));
  EXPECT_TRUE(budget.take("4999", begin + 5000s));
}

}  // namespace
}  // namespace heaters::elastic

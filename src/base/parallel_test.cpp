#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace heaters {
namespace {

TEST(Parallel, EveryNumberIsWorkedOnOnce) {
  for (const int threads : {0, 1, 3, 50}) {
    std::vector<std::atomic<int>> calls(20);
    for_each_parallel(calls.size(), threads, [&](std::size_t i) { ++calls[i]; });
    for (const auto& each : calls) EXPECT_EQ(each, 1);
  }
  for_each_parallel(0, 4, [](std::size_t) { FAIL(); });
}

// Every number from the fifth on fails, so that what is counted does not hang on which thread gets the
// processor.
TEST(Parallel, AFailureEndsItAndIsThrown) {
  std::atomic<int> calls = 0;
  EXPECT_THROW(for_each_parallel(100'000, 3,
                                 [&](std::size_t i) {
                                   ++calls;
                                   if (i >= 5) throw std::runtime_error("no");
                                 }),
               std::runtime_error);
  EXPECT_GE(calls, 1);
  EXPECT_LE(calls, 5 + 3);
}

}  // namespace
}  // namespace heaters

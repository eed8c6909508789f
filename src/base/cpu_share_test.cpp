#include "base/cpu_share.h"

#include <gtest/gtest.h>

#include "base/process_usage.h"

namespace heaters {
namespace {

void burn(double seconds) {
  const double end = process_usage().cpu_seconds + seconds;
  while (process_usage().cpu_seconds < end) {
  }
}

TEST(CpuShare, PartsAddUpToWhatWasUsed) {
  CpuAccount account;
  const double before = process_usage().cpu_seconds;
  const CpuAccount::Share first(account);
  burn(0.02);
  const CpuAccount::Share second(account);
  burn(0.04);
  const double of_first = first.cpu_seconds();
  const double of_second = second.cpu_seconds();
  const double used = process_usage().cpu_seconds - before;
  EXPECT_NEAR(of_first + of_second, used, 0.01);
  EXPECT_NEAR(of_second, 0.02, 0.01);
  EXPECT_NEAR(of_first, 0.04, 0.01);
}

}  // namespace
}  // namespace heaters

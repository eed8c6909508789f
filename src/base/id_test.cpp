#include "base/id.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

namespace heaters {
namespace {

struct Thing {};

TEST(Id, NewOnesAreDistinctAndParseBack) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto id = Id<Thing>::make();
    EXPECT_TRUE(seen.insert(id.text()).second);
    EXPECT_EQ(Id<Thing>::parse(id.text()), id);
  }
}

TEST(Id, SortByCreationTime) {
  const auto first = Id<Thing>::make();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_LT(first, Id<Thing>::make());
}

TEST(Id, OtherTextIsNoId) {
  EXPECT_FALSE(Id<Thing>::parse(""));
  EXPECT_FALSE(Id<Thing>::parse("../../etc/passwd"));
  EXPECT_FALSE(Id<Thing>::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV"));  // upper case is not our spelling
  EXPECT_FALSE(Id<Thing>::parse("01arz3ndektsv4rrffq69g5fau"));  // u is not in the alphabet
}

}  // namespace
}  // namespace heaters

#include "web/byte_range.h"

#include <gtest/gtest.h>

namespace heaters::web {
namespace {

struct Case {
  const char* range;
  RangeKind kind;
  ByteSpan span;
};

TEST(ByteRange, IsWhatTheRfcSays) {
  const Case cases[] = {
      {"", RangeKind::Whole, {0, 100}},
      {"bytes=0-0", RangeKind::Part, {0, 1}},
      {"bytes=0-", RangeKind::Part, {0, 100}},
      {"bytes=10-19", RangeKind::Part, {10, 20}},
      {"Bytes=10-19", RangeKind::Part, {10, 20}},
      {"bytes=99-", RangeKind::Part, {99, 100}},
      {"bytes=50-1000", RangeKind::Part, {50, 100}},
      {"bytes=-1", RangeKind::Part, {99, 100}},
      {"bytes=-1000", RangeKind::Part, {0, 100}},
      {"bytes=0-99999999999999999999999", RangeKind::Part, {0, 100}},
      {"bytes=100-", RangeKind::Unsatisfiable, {}},
      {"bytes=100-200", RangeKind::Unsatisfiable, {}},
      {"bytes=99999999999999999999999-", RangeKind::Unsatisfiable, {}},
      {"bytes=-0", RangeKind::Unsatisfiable, {}},
      {"bytes=20-10", RangeKind::Whole, {0, 100}},
      {"bytes=0-1,5-6", RangeKind::Whole, {0, 100}},
      {"bytes=a-b", RangeKind::Whole, {0, 100}},
      {"bytes=+1-2", RangeKind::Whole, {0, 100}},
      {"bytes=1--2", RangeKind::Whole, {0, 100}},
      {"bytes=", RangeKind::Whole, {0, 100}},
      {"bytes=-", RangeKind::Whole, {0, 100}},
      {"seconds=1-2", RangeKind::Whole, {0, 100}},
  };
  for (const Case& each : cases) {
    const RangeChoice choice = choose_range(each.range, "", "\"e\"", 100);
    EXPECT_EQ(choice.kind, each.kind) << each.range;
    EXPECT_EQ(choice.span, each.span) << each.range;
  }
}

TEST(ByteRange, OfNothingIsUnsatisfiable) {
  EXPECT_EQ(choose_range("bytes=0-", "", "", 0).kind, RangeKind::Unsatisfiable);
  EXPECT_EQ(choose_range("bytes=-5", "", "", 0).kind, RangeKind::Unsatisfiable);
  EXPECT_EQ(choose_range("", "", "", 0).kind, RangeKind::Whole);
}

TEST(ByteRange, IfRangeWantsTheSameBytes) {
  EXPECT_EQ(choose_range("bytes=1-2", "\"e\"", "\"e\"", 100).kind, RangeKind::Part);
  EXPECT_EQ(choose_range("bytes=1-2", "\"f\"", "\"e\"", 100).kind, RangeKind::Whole);
  EXPECT_EQ(choose_range("bytes=1-2", "W/\"e\"", "\"e\"", 100).kind, RangeKind::Whole);
  EXPECT_EQ(choose_range("bytes=1-2", "Tue, 24 Nov 2026 00:00:00 GMT", "\"e\"", 100).kind, RangeKind::Whole);
}

TEST(Etag, IsFoundInAList) {
  EXPECT_TRUE(matches_etag("\"e\"", "\"e\""));
  EXPECT_TRUE(matches_etag("\"a\", W/\"e\"", "\"e\""));
  EXPECT_TRUE(matches_etag(" * ", "\"e\""));
  EXPECT_FALSE(matches_etag("", "\"e\""));
  EXPECT_FALSE(matches_etag("\"ee\",", "\"e\""));
}

}  // namespace
}  // namespace heaters::web

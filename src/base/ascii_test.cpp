#include "base/ascii.h"

#include <gtest/gtest.h>

namespace heaters {
namespace {

TEST(Ascii, LowerCaseTouchesTheLettersOnly) {
  EXPECT_EQ(lower_case("X-Amz-DATE 42 \u00c4"), "x-amz-date 42 \u00c4");
}

TEST(Ascii, TrimmingLeavesTheInside) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \r\n"), "");
  EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace heaters

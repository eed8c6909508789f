#include "base/utf8.h"

#include <gtest/gtest.h>

namespace heaters {
namespace {

TEST(Utf8, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(valid_utf8("zwölf.mp4"), "zwölf.mp4");
  EXPECT_EQ(valid_utf8("a\xff"
                       "b"),
            "a\uFFFDb");
  EXPECT_EQ(valid_utf8("\n"), "\n");
}

TEST(Utf8, TerminalsGetNoControlCharacters) {
  EXPECT_EQ(printable("a\x1b[31m\r\n.mp4"), "a\uFFFD[31m\uFFFD\uFFFD.mp4");
  EXPECT_EQ(printable("zwölf"), "zwölf");
}

}  // namespace
}  // namespace heaters

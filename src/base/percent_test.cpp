#include "base/percent.h"

#include <gtest/gtest.h>

namespace heaters {
namespace {

TEST(Percent, EveryByteComesBack) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decoded(percent_encoded(all)), all);
  EXPECT_EQ(percent_encoded("a-._~Z0 /\xff"), "a-._~Z0%20%2F%FF");
  EXPECT_EQ(percent_encoded("a b/c", "/"), "a%20b/c");
}

TEST(Percent, WhatIsNoEscapeStays) {
  for (const char* text : {"100%", "%4", "%zz", "%%"}) EXPECT_EQ(percent_decoded(text), text);
  EXPECT_EQ(percent_decoded("%41%4a%4A%"), "AJJ%");
}

}  // namespace
}  // namespace heaters

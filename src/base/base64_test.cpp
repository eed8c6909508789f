#include "base/base64.h"

#include <gtest/gtest.h>

#include <string_view>

namespace heaters {
namespace {

std::string encode(std::string_view text) {
  return base64(std::as_bytes(std::span(text)));
}

// The vectors of RFC 4648 section 10.
TEST(Base64, MatchesThePublishedVectors) {
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "Zg==");
  EXPECT_EQ(encode("fo"), "Zm8=");
  EXPECT_EQ(encode("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace heaters

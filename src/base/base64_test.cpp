#include "base/base64.h"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(Base64, ComesBack) {
  std::string text;
  for (int length = 0; length < 40; ++length) {
    const auto bytes = std::as_bytes(std::span(text));
    const auto back = base64_decoded(base64(bytes));
    ASSERT_TRUE(back) << length;
    EXPECT_TRUE(std::ranges::equal(*back, bytes)) << length;
    text.push_back(static_cast<char>(length * 37));
  }
}

TEST(Base64, TextThatIsNoneIsNone) {
  for (const char* wrong : {"a", "abc", "ab=c", "=abc", "a===", "====", "ab c", "ab\nc", "a*bc"}) {
    EXPECT_FALSE(base64_decoded(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace heaters

#include "stages/origin.h"

#include <gtest/gtest.h>

namespace heaters::stages {
namespace {

TEST(Origin, PathsOfAnyBytesComeBack) {
  for (const std::string path : {"/a/b.mp4", "/a b/ü.mp4", "/100%/x", "/a/\xff\xfe%41.mp4", "/a\nb"}) {
    const auto back = path_of_origin(origin_of_path(path));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->native(), path);
  }
  EXPECT_EQ(origin_of_path("/a/\xff.mp4"), "file:///a/%FF.mp4");
}

TEST(Origin, UrlsAreNoPaths) {
  EXPECT_FALSE(path_of_origin("https://example.org/a.mp4"));
  EXPECT_TRUE(path_of_origin("/a/https://b.mp4"));
}

TEST(Origin, WhatMayBeSecretIsNotShown) {
  EXPECT_EQ(printable_origin("https://user:geheim@example.org:8443/a.mp4?X-Amz-Signature=geheim#geheim"),
            "https://[redacted]@example.org:8443/a.mp4?X-Amz-Signature=[redacted]#geheim");
  EXPECT_EQ(printable_origin("https://example.org/watch?v=abc"), "https://example.org/watch?v=abc");
  EXPECT_EQ(printable_origin("https://example.org/a@b.mp4"), "https://example.org/a@b.mp4");
  EXPECT_EQ(printable_origin("s3://u@h?key=geheim"), "s3://[redacted]@h?key=[redacted]");
  EXPECT_EQ(printable_origin("/a?b#c@d.mp4"), "/a?b#c@d.mp4");
}

TEST(Origin, TitlesAreTheLastPart) {
  EXPECT_EQ(title_of_origin("/a/b c.mp4"), "b c.mp4");
  EXPECT_EQ(title_of_origin("/a/\xff.mp4"), "\uFFFD.mp4");
  EXPECT_EQ(title_of_origin("https://example.org/a/b%20c.mp4?token=x"), "b c.mp4");
}

}  // namespace
}  // namespace heaters::stages

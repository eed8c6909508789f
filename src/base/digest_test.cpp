#include "base/digest.h"

#include <gtest/gtest.h>

#include <string_view>

namespace heaters {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// The vectors of FIPS 180-4.
TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(Digest(DigestKind::Sha256).finish_hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Digest whole(DigestKind::Sha256);
  whole.update(bytes_of("abc"));
  EXPECT_EQ(whole.finish_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// The vectors of RFC 1321.
TEST(Md5, MatchesThePublishedVectors) {
  EXPECT_EQ(Digest(DigestKind::Md5).finish_hex(), "d41d8cd98f00b204e9800998ecf8427e");
  Digest whole(DigestKind::Md5);
  whole.update(bytes_of("message digest"));
  EXPECT_EQ(whole.finish_hex(), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesAreSplit) {
  Digest parts(DigestKind::Sha256);
  parts.update(bytes_of("a"));
  parts.update({});
  parts.update(bytes_of("bc"));
  EXPECT_EQ(parts.finish_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace heaters

#include "net/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heaters::net {
namespace {

// The examples of docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and
// .../sigv4-query-string-auth.html.
class SignerTest : public testing::Test {
 protected:
  static std::string signature(const HttpHeaders& headers) {
    for (const auto& [name, value] : headers) {
      if (name == "Authorization") return value.substr(value.find("Signature=") + 10);
    }
    return "none";
  }

  static SignedTarget target(std::string method, std::string path,
                             std::vector<std::pair<std::string, std::string>> query = {}) {
    return {std::move(method), "https", "examplebucket.s3.amazonaws.com", std::move(path), std::move(query)};
  }

  const UtcTime now = *parse_utc("2013-05-24T00:00:00Z");
  const std::string empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const Signer signer{{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""}, "us-east-1"};
};

TEST_F(SignerTest, GetWithARange) {
  EXPECT_EQ(signature(signer.sign(target("GET", "/test.txt"), {{"Range", "bytes=0-9"}}, empty, now)),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(SignerTest, PutWithASignThatMustBeEncoded) {
  EXPECT_EQ(signature(signer.sign(
                target("PUT", "/test$file.text"),
                {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", now)),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(SignerTest, QueriesWithAndWithoutAValue) {
  EXPECT_EQ(signature(signer.sign(target("GET", "/", {{"lifecycle", ""}}), {}, empty, now)),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature(signer.sign(target("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}), {}, empty, now)),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_F(SignerTest, PresignedUrl) {
  EXPECT_EQ(
      signer.presign(target("GET", "/test.txt"), std::chrono::seconds(86400), now),
      "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
      "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-"
      "Expires="
      "86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
      "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_F(SignerTest, ASessionTokenIsSignedToo) {
  const Signer temporary({"AKIAIOSFODNN7EXAMPLE", "secret", "to/ken"}, "us-east-1");
  const HttpHeaders headers = temporary.sign(target("GET", "/"), {}, empty, now);
  EXPECT_THAT(headers,
              testing::Contains(std::pair<std::string, std::string>("x-amz-security-token", "to/ken")));
  EXPECT_THAT(temporary.presign(target("GET", "/"), std::chrono::seconds(1), now),
              testing::HasSubstr("X-Amz-Security-Token=to%2Fken"));
}

TEST(UrlOf, SortsByNameAndEncodes) {
  EXPECT_EQ(url_of({"GET", "http", "h:1", "/a b/ü+", {{"a=b", "c&d"}, {"a", "1"}, {"a-b", "2"}}}),
            "http://h:1/a%20b/%C3%BC%2B?a=1&a%3Db=c%26d&a-b=2");
}

}  // namespace
}  // namespace heaters::net

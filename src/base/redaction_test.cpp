#include "base/redaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>

#include "base/base64.h"
#include "base/error.h"
#include "base/percent.h"

namespace heaters {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string base64_of(const std::string& text) {
  return base64(std::as_bytes(std::span(text)));
}

TEST(Redaction, KnowsDeclaredValuesInEveryForm) {
  const std::string secret = "s3cr/et+v=alue!";
  add_secret(secret);
  EXPECT_EQ(redacted("a " + secret + " b " + secret), "a [redacted] b [redacted]");
  EXPECT_THAT(redacted("x" + percent_encoded(secret)), Not(HasSubstr(percent_encoded(secret))));
  for (const std::string before : {"", "u", "us", "use", "user:"}) {
    for (const std::string after : {"", "!", "!!"}) {
      const std::string encoded = base64_of(std::string(before).append(secret).append(after));
      const std::string shown = redacted(encoded);
      EXPECT_THAT(shown, HasSubstr("[redacted]")) << encoded;
      // At most the ends, which share bits with what stands beside it.
      EXPECT_LT(shown.size(), 10 + 2 * 8 + before.size() * 2 + after.size() * 2) << shown;
    }
  }
}

TEST(Redaction, ShortValuesAreNotSecret) {
  add_secret("http");
  add_secret("");
  EXPECT_EQ(redacted("http works"), "http works");
}

TEST(Redaction, UserInformationInUrls) {
  EXPECT_EQ(redacted("open \"postgres://u:p@ss@h/db\" failed"), "open \"postgres://[redacted]@h/db\" failed");
  EXPECT_EQ(redacted("http://h/a@b and ftp://x@y/"), "http://h/a@b and ftp://[redacted]@y/");
}

TEST(Redaction, ParametersNamedLikeCredentials) {
  EXPECT_EQ(redacted("https://h/a?v=1&TOKEN=abc&X-Amz-Signature=00ff#t"),
            "https://h/a?v=1&TOKEN=[redacted]&X-Amz-Signature=[redacted]#t");
  EXPECT_EQ(redacted("GET http://h/?token=abc: refused"), "GET http://h/?token=[redacted]: refused");
  EXPECT_EQ(redacted("password=hunter2 host=h"), "password=[redacted] host=h");
  EXPECT_EQ(redacted("https://h/?v=1&donkey=2&author=x"), "https://h/?v=1&donkey=2&author=x");
  EXPECT_EQ(redacted("https://h/?authToken=1&auth_key=2&hmac=3"),
            "https://h/?authToken=[redacted]&auth_key=[redacted]&hmac=[redacted]");
}

TEST(Redaction, HeadersAndSchemes) {
  EXPECT_EQ(redacted("Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature=c\nnext"),
            "Authorization: [redacted]\nnext");
  EXPECT_EQ(redacted("sent \"Cookie: a=b; c=d\" and \"x\""), "sent \"Cookie: [redacted]\" and \"x\"");
  EXPECT_EQ(redacted("Set-Cookie: a=b"), "Set-Cookie: [redacted]");
  EXPECT_EQ(redacted("used Bearer eyJhbGciOi.x for it"), "used Bearer [redacted] for it");
  EXPECT_EQ(redacted("a basic idea"), "a basic idea");
}

TEST(Redaction, IsUnderTheMessageOfEveryError) {
  EXPECT_STREQ(Error(ErrorKind::Internal, "GET http://a:b@h/?sig=1").what(),
               "GET http://[redacted]@h/?sig=[redacted]");
}

TEST(Redaction, PrintableUrlsLoseLongValues) {
  const std::string signature(64, 'f');
  EXPECT_EQ(printable_url("https://h/w?v=dQw4w9WgXcQ&blob=" + signature),
            "https://h/w?v=dQw4w9WgXcQ&blob=[redacted]");
}

TEST(Redaction, PasswordsInUrls) {
  EXPECT_EQ(password_in_url("postgres://u:p%40ss@h/db"), "p@ss");
  EXPECT_EQ(password_in_url("http://h:80/a:b@c"), "");
  EXPECT_EQ(password_in_url("http://u@h/"), "");
  EXPECT_EQ(password_in_url("nothing"), "");
}

}  // namespace
}  // namespace heaters

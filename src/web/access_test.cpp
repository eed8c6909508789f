#include "web/access.h"

#include <gmock/gmock.h>

namespace heaters::web {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class AccessTest : public testing::Test {
 protected:
  Request request(const std::string& method, std::map<std::string, std::string> headers) {
    Request made;
    made.method = method;
    made.headers = std::move(headers);
    made.headers.emplace("host", "review.example:8080");
    return made;
  }
  std::string cookie_of(const std::string& token) {
    const auto login = access.log_in(token, "10.0.0.1");
    EXPECT_TRUE(login.cookie.has_value());
    return login.cookie ? login.cookie->substr(0, login.cookie->find(';')) : "";
  }

  static AccessOptions two_holders() {
    AccessOptions options;
    options.holders.push_back({{"anna.b", Role::Reviewer}, "token-of-anna"});
    options.holders.push_back({{"op", Role::Admin}, "token-of-op"});
    return options;
  }

  Access::Clock::time_point now = Access::Clock::now();
  Access access{two_holders(), [this] { return now; }};
};

TEST_F(AccessTest, ABearerTokenSaysWho) {
  EXPECT_EQ(access.identify(request("GET", {{"authorization", "Bearer token-of-op"}}))->role, Role::Admin);
  EXPECT_EQ(access.identify(request("GET", {{"authorization", "bearer token-of-anna"}}))->name, "anna.b");
  EXPECT_FALSE(access.identify(request("GET", {{"authorization", "Bearer token-of-o"}})));
  EXPECT_FALSE(access.identify(request("GET", {{"authorization", "Bearer "}})));
  EXPECT_FALSE(access.identify(request("GET", {})));
}

TEST_F(AccessTest, ACookieDoesUntilItEnds) {
  const std::string cookie = cookie_of("token-of-anna");
  EXPECT_EQ(access.identify(request("GET", {{"cookie", "a=b; " + cookie}}))->name, "anna.b");
  now += 24h * 31;
  EXPECT_FALSE(access.identify(request("GET", {{"cookie", cookie}})));
}

TEST_F(AccessTest, AForgedCookieDoesNot) {
  const std::string cookie = cookie_of("token-of-anna");
  for (std::size_t i = 8; i < cookie.size(); ++i) {
    std::string forged = cookie;
    forged[i] = forged[i] == '1' ? '2' : '1';
    EXPECT_FALSE(access.identify(request("GET", {{"cookie", forged}}))) << forged;
  }
  for (const char* forged :
       {"heaters=", "heaters=.", "heaters=..", "heaters=op.99999999999.", "heaters=op.x.y"}) {
    EXPECT_FALSE(access.identify(request("GET", {{"cookie", forged}}))) << forged;
  }
}

TEST_F(AccessTest, ACookieIsStrictAndOutOfReachOfScripts) {
  const auto login = access.log_in("token-of-op", "10.0.0.1");
  EXPECT_THAT(*login.cookie, HasSubstr("HttpOnly"));
  EXPECT_THAT(*login.cookie, HasSubstr("SameSite=Strict"));
  EXPECT_THAT(access.expired_cookie(), HasSubstr("Max-Age=0"));
}

TEST_F(AccessTest, ACookieEndsWithItsToken) {
  const std::string cookie = cookie_of("token-of-anna");
  AccessOptions options = two_holders();
  options.holders[0].token = "another-token";
  const Access changed(options);
  EXPECT_FALSE(changed.identify(request("GET", {{"cookie", cookie}})));
}

TEST_F(AccessTest, GuessingIsSlowedDownByAddress) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(access.log_in("guess", "10.0.0.2").retry_after);
  const auto sixth = access.log_in("token-of-op", "10.0.0.2");
  EXPECT_FALSE(sixth.cookie);
  EXPECT_EQ(sixth.retry_after, 60s);
  EXPECT_TRUE(access.log_in("token-of-op", "10.0.0.3").cookie);
  now += 61s;
  EXPECT_TRUE(access.log_in("token-of-op", "10.0.0.2").cookie);
}

TEST_F(AccessTest, GuessingFromManyAddressesIsSlowedDownToo) {
  for (int i = 0; i < 100; ++i) access.log_in("guess", "10.0.1." + std::to_string(i));
  EXPECT_TRUE(access.log_in("token-of-op", "10.0.9.9").retry_after);
}

TEST_F(AccessTest, WritesFromOtherOriginsAreRefused) {
  const std::string cookie = cookie_of("token-of-op");
  EXPECT_FALSE(
      access.refusal(request("POST", {{"cookie", cookie}, {"origin", "http://review.example:8080"}})));
  EXPECT_FALSE(access.refusal(request("POST", {{"cookie", cookie}, {"sec-fetch-site", "same-origin"}})));
  EXPECT_FALSE(access.refusal(request("POST", {{"authorization", "Bearer token-of-op"}})));
  EXPECT_FALSE(access.refusal(request("GET", {{"cookie", cookie}, {"origin", "http://evil.example"}})));
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const char*>>{{"origin", "http://evil.example"},
                                                                  {"origin", "null"},
                                                                  {"origin", "http://review.example"},
                                                                  {"sec-fetch-site", "cross-site"},
                                                                  {"sec-fetch-site", "same-site"},
                                                                  {"accept", "*/*"}}) {
    EXPECT_TRUE(access.refusal(request("POST", {{"cookie", cookie}, {name, value}})))
        << name << ": " << value;
  }
}

TEST_F(AccessTest, WithoutTokensOnlyThisMachinesNamesAreAnswered) {
  const Access open({});
  EXPECT_EQ(open.identify(request("GET", {}))->role, Role::Admin);
  EXPECT_TRUE(open.refusal(request("GET", {})));
  for (const char* host : {"localhost:8080", "127.0.0.1", "[::1]:80", "LOCALHOST"}) {
    EXPECT_FALSE(open.refusal(request("GET", {{"host", host}}))) << host;
  }
  for (const char* host : {"localhost.evil.example", "127.evil.example", "", "10.0.0.1:8080", "[::2]"}) {
    EXPECT_TRUE(open.refusal(request("GET", {{"host", host}}))) << host;
  }
}

}  // namespace
}  // namespace heaters::web

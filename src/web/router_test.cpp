#include "web/router.h"

#include <gmock/gmock.h>

namespace heaters::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Router router(
    {{.method = "GET", .path = "/api/v1/videos", .operation = "list"},
     {.method = "POST", .path = "/api/v1/videos", .operation = "submit"},
     {.method = "GET", .path = "/api/v1/videos/{video_id}/media/{name}", .operation = "media"},
     {.method = "HEAD", .path = "/api/v1/uploads/{id}", .operation = "upload"}});

RouteMatch match(const std::string& method, const std::string& target, Request& request) {
  request.method = method;
  EXPECT_TRUE(parse_target(target, request)) << target;
  return router.match(request);
}

TEST(Router, FindsRoutesAndTheirParameters) {
  Request request;
  const auto found = match("GET", "/api/v1/videos/7/media/a%20b.jpg?x=1", request);
  ASSERT_NE(found.route, nullptr);
  EXPECT_EQ(found.route->operation, "media");
  EXPECT_EQ(request.parameter("video_id"), "7");
  EXPECT_EQ(request.parameter("name"), "a b.jpg");
}

TEST(Router, TellsAnotherMethodFromAnotherPath) {
  Request request;
  EXPECT_EQ(match("POST", "/api/v1/videos", request).route->operation, "submit");
  EXPECT_THAT(match("DELETE", "/api/v1/videos", request).allowed_methods, ElementsAre("GET", "POST"));
  EXPECT_EQ(match("DELETE", "/api/v1/videos", request).route, nullptr);
  EXPECT_THAT(match("GET", "/api/v1/nothing", request).allowed_methods, IsEmpty());
  EXPECT_EQ(match("GET", "/api/v1/videos/", request).route, nullptr);
}

TEST(Router, HeadIsGetWhereNoRouteSaysOtherwise) {
  Request request;
  EXPECT_EQ(match("HEAD", "/api/v1/videos", request).route->operation, "list");
  EXPECT_EQ(match("HEAD", "/api/v1/uploads/3", request).route->operation, "upload");
}

TEST(Target, QueriesAreDecoded) {
  Request request;
  ASSERT_TRUE(parse_target("/x?a=b+c%26&d&=e&a=2", request));
  EXPECT_EQ(request.path, "/x");
  EXPECT_EQ(request.query.at("a"), "2");
  EXPECT_EQ(request.query.at("d"), "");
}

TEST(Target, WhatLeadsElsewhereOrIsMalformedIsRefused) {
  for (const char* target : {"",
                             "*",
                             "http://example.org/",
                             "/../etc/passwd",
                             "/a/%2e%2e/b",
                             "/a/..",
                             "/a%2fb",
                             "/a%5cb",
                             "/a%00",
                             "/a%0d%0aSet-Cookie:x",
                             "/a%",
                             "/a%2",
                             "/a%zz",
                             "/a b",
                             "/a\x01",
                             "/\xc3\xa4",
                             "/a/./b",
                             "/%7f",
                             "/a%ff",
                             "/a?q=%00",
                             "/a?q=%ff",
                             "/a?%0a=1",
                             "/a?x=1&q=b%c3"}) {
    Request request;
    EXPECT_FALSE(parse_target(target, request)) << target;
  }
}

}  // namespace
}  // namespace heaters::web

// The server from outside: whoever sends whatever, over real sockets, to `heaters serve`.

#include <gmock/gmock.h>

#include <csignal>
#include <thread>

#include "base/file.h"
#include "base/parallel.h"
#include "base/percent.h"
#include "fixtures/command.h"
#include "fixtures/sample.h"
#include "fixtures/web_server.h"

namespace heaters::fixtures {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::HasSubstr;
using testing::SizeIs;

const std::string admin_token = "an-admins-token-for-tests";
const std::string reviewer_token = "a-reviewers-token-for-tests";

RawHeaders bearer(const std::string& token) {
  return {{"Authorization", "Bearer " + token}};
}

Json openapi() {
  return Json::parse(read_text_file(std::filesystem::path(HEATERS_SOURCE_DIR) / "src/web/openapi.json"));
}

// "/api/v1/videos/{video_id}" with something in it.
std::string filled(std::string path) {
  const std::string id = "01m87a6rjbt7a1ea24jet9e58x";
  for (const auto& [name, value] : std::map<std::string, std::string>{{"{video_id}", id},
                                                                      {"{upload_id}", id},
                                                                      {"{name}", "poster.jpg"},
                                                                      {"{job_id}", "1"},
                                                                      {"{queue}", "heaters_test"}}) {
    if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
  }
  return path;
}

struct Operation {
  std::string method;
  std::string target;
  std::string needs;
};

std::vector<Operation> operations() {
  std::vector<Operation> found;
  const Json document = openapi();
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string name = method;
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      found.push_back({name, filled(path), operation["x-needs"]});
    }
  }
  return found;
}

// One with tokens and no videos, for all tests that need no more.
class WebTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation = Installation::embedded();
    installation->configure("[web]\ntokens = [\"op:admin:" + admin_token +
                            "\", \"anna:reviewer:" + reviewer_token + "\"]\n");
    server = std::make_unique<WebServer>(*installation);
  }
  static void TearDownTestSuite() {
    server.reset();
    installation.reset();
  }

  static int send(const std::string& bytes) { return raw_exchange(server->port(), bytes).status; }
  static std::string host() { return "Host: 127.0.0.1:" + std::to_string(server->port()) + "\r\n"; }
  static std::string authorization() { return "Authorization: Bearer " + admin_token + "\r\n"; }

  static std::unique_ptr<Installation> installation;
  static std::unique_ptr<WebServer> server;
};

std::unique_ptr<Installation> WebTest::installation;
std::unique_ptr<WebServer> WebTest::server;

TEST_F(WebTest, NoOperationAnswersWithoutALogin) {
  int asked = 0;
  for (const Operation& each : operations()) {
    if (each.needs == "nothing") continue;
    ++asked;
    for (const RawHeaders& headers :
         {RawHeaders{}, bearer("wrong"), RawHeaders{{"Cookie", "heaters=op.9999999999.0000"}}}) {
      RawHeaders with_origin = headers;
      with_origin.emplace_back("Origin", server->base());
      EXPECT_EQ(request(server->port(), each.method, each.target, with_origin).status, 401)
          << each.method << " " << each.target;
    }
  }
  EXPECT_GT(asked, 25);
  EXPECT_EQ(server->get("/healthz").status, 200);
}

TEST_F(WebTest, EveryOperationIsThereAndWhatAdminsDoIsRefusedToReviewers) {
  int asked = 0;
  for (const Operation& each : operations()) {
    if (each.target == "/api/v1/events") continue;
    ++asked;
    const auto as_admin = request(server->port(), each.method, each.target, bearer(admin_token));
    EXPECT_NE(as_admin.status, 405) << each.method << " " << each.target;
    EXPECT_THAT(as_admin.body, testing::Not(HasSubstr("nothing at this address"))) << each.target;
    const auto as_reviewer = request(server->port(), each.method, each.target, bearer(reviewer_token));
    EXPECT_EQ(as_reviewer.status == 403, each.needs == "admin") << each.method << " " << each.target;
  }
  EXPECT_GT(asked, 25);
}

TEST_F(WebTest, ALoginGivesACookieThatDoes) {
  const auto login = server->post("/api/v1/login", {{"token", reviewer_token}});
  ASSERT_EQ(login.status, 200);
  EXPECT_EQ(login.json()["name"], "anna");
  const std::string cookie = login.header("set-cookie");
  EXPECT_THAT(cookie, HasSubstr("HttpOnly"));
  EXPECT_THAT(cookie, HasSubstr("SameSite=Strict"));
  const std::string value = cookie.substr(0, cookie.find(';'));
  EXPECT_EQ(server->get("/api/v1/me", {{"Cookie", value}}).json()["role"], "reviewer");
  EXPECT_THAT(server->post("/api/v1/logout", Json::object()).header("set-cookie"), HasSubstr("Max-Age=0"));
}

TEST_F(WebTest, WritesFromOtherOriginsAreRefused) {
  const auto login = server->post("/api/v1/login", {{"token", admin_token}});
  const std::string cookie = login.header("set-cookie");
  const RawHeaders with_cookie = {{"Cookie", cookie.substr(0, cookie.find(';'))}};
  int asked = 0;
  for (const Operation& each : operations()) {
    if (each.method == "GET") continue;
    ++asked;
    for (const RawHeaders& origin :
         {RawHeaders{{"Origin", "http://evil.example"}}, RawHeaders{{"Origin", "null"}},
          RawHeaders{{"Sec-Fetch-Site", "cross-site"}}, RawHeaders{}}) {
      RawHeaders headers = with_cookie;
      headers.insert(headers.end(), origin.begin(), origin.end());
      EXPECT_EQ(request(server->port(), each.method, each.target, headers).status, 403)
          << each.method << " " << each.target;
    }
  }
  EXPECT_GT(asked, 15);
}

TEST_F(WebTest, PathsThatLeadElsewhereAndHeadersThatAreTwoAreRefused) {
  for (const char* target :
       {"/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/api/v1/videos/..%2f..%2fetc/media/passwd",
        "/assets/..%5c..%5cetc", "/a%00b", "/api/v1/videos?x=%0d%0aSet-Cookie:%20a=b",
        "/api/v1/videos?query=%ff", "/api/v1/videos?query=%zz", "/%", "http://127.0.0.1/", "*"}) {
    EXPECT_EQ(request(server->port(), "GET", target, bearer(admin_token)).status, 400) << target;
  }
  // Well-formed, but nothing.
  for (const char* target :
       {"/api/v1/videos/01m87a6rjbt7a1ea24jet9e58x/media/heaters.sqlite", "/api/v1/videos/x/media/proxy",
        "/api/v1/uploads/passwd", "/heaters.toml", "/assets/heaters.sqlite"}) {
    EXPECT_EQ(request(server->port(), "GET", target, bearer(admin_token)).status, 404) << target;
  }
  // What no row can hold is refused before it comes to one.
  auto headers = bearer(admin_token);
  headers.emplace_back("Content-Type", "application/json");
  EXPECT_EQ(request(server->port(), "POST", "/api/v1/uploads", headers, R"({"name": "a\u0000b", "bytes": 1})")
                .status,
            400);
}

TEST_F(WebTest, WhatIsTooLargeOrMalformedGetsAFourHundred) {
  const std::string json = "Content-Type: application/json\r\n";
  const std::string to_decisions = "POST /api/v1/decisions HTTP/1.1\r\n" + host() + authorization();
  const auto with_body = [&](const std::string& body) {
    return send(to_decisions + json + "Connection: close\r\nContent-Length: " + std::to_string(body.size()) +
                "\r\n\r\n" + body);
  };
  EXPECT_EQ(send("GET / HTTP/1.1\r\n" + host() + "X: " + std::string(20'000, 'x') + "\r\n\r\n"), 431);
  EXPECT_EQ(send("GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n" + host() + "\r\n"), 431);
  EXPECT_EQ(send(to_decisions + json + "Content-Length: 99999999999\r\n\r\n"), 413);
  EXPECT_EQ(with_body(std::string((1U << 20) + 1, ' ')), 413);
  EXPECT_EQ(
      send(to_decisions + json + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + std::string(0x200000, ' ')),
      413);
  EXPECT_EQ(send(to_decisions + "Connection: close\r\nContent-Length: 2\r\n\r\n{}"), 415);
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string("{}"), std::string("null"),
        std::string(100'000, '['), std::string("\x00\x01\x02", 3),
        std::string("{\"video_id\":7,\"operation\":\"approve\",\"clips\":[]}"),
        std::string(
            "{\"video_id\":\"01m87a6rjbt7a1ea24jet9e58x\",\"operation\":\"drop table\",\"clips\":[]}"),
        std::string(
            "{\"video_id\":\"01m87a6rjbt7a1ea24jet9e58x\",\"operation\":\"split\",\"clips\":[{\"clip_id\":"
            "\"01m87a6rjbt7a1ea24jet9e58x\",\"begin_frame\":1e300,\"end_frame\":2}]}")}) {
    EXPECT_EQ(with_body(body), 400) << body.substr(0, 100);
  }
  for (const char* nonsense :
       {"GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nNo colon\r\n\r\n",
        "\r\n\r\n\r\n\r\nx", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "\x16\x03\x01\x02"}) {
    EXPECT_THAT(send(nonsense), AnyOf(0, 400)) << nonsense;
  }
  EXPECT_EQ(send("PATCH /api/v1/uploads/01m87a6rjbt7a1ea24jet9e58x HTTP/1.1\r\n" + host() + authorization() +
                 "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            411);
  EXPECT_EQ(server->get("/api/v1/videos?limit=x", bearer(admin_token)).status, 400);
  EXPECT_EQ(request(server->port(), "BREW", "/api/v1/videos", bearer(admin_token)).status, 405);
  EXPECT_EQ(server->get("/healthz").status, 200);
}

TEST_F(WebTest, WhoDripsAHeaderIsCutOffHoweverLongHeDrips) {
  const RawConnection connection(server->port());
  const auto began = std::chrono::steady_clock::now();
  connection.send("GET / HTTP/1.1\r\n");
  bool is_closed = false;
  while (!is_closed && std::chrono::steady_clock::now() - began < 40s) {
    connection.send("x");
    is_closed = connection.is_closed_within(500ms);
  }
  EXPECT_TRUE(is_closed);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 30s);
}

TEST_F(WebTest, AnswersSaySoAndPagesMayRunNoScriptsOfOthers) {
  const auto answer = server->get("/");
  const std::string policy = answer.header("content-security-policy");
  EXPECT_THAT(policy, HasSubstr("script-src 'self'"));
  EXPECT_THAT(policy, testing::Not(HasSubstr("unsafe")));
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("x-frame-options"), "DENY");
}

TEST(Serving, OtherAddressesThanThisMachinesOwnNeedAToken) {
  const auto installation = Installation::embedded();
  const auto refused = installation->run({"serve", "--address", "0.0.0.0", "--port", "0"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("HEATERS_TOKEN"));
}

TEST(Serving, WithoutATokenOnlyThisMachinesNamesAreAnswered) {
  const auto installation = Installation::embedded();
  const WebServer server(*installation, {"--no-work"});
  EXPECT_EQ(server.get("/api/v1/me").json()["role"], "admin");
  EXPECT_EQ(server.get("/api/v1/me", {{"Host", "evil.example"}}).status, 403);
  EXPECT_EQ(server
                .post("/api/v1/videos", {{"urls", {"http://example.org/a.mp4"}}},
                      {{"Origin", "http://evil.example"}})
                .status,
            403);
}

TEST(Serving, StopsWithinTheGraceAndSaysGoodbye) {
  const auto installation = Installation::embedded();
  WebServer server(*installation);
  const RawConnection listening(server.port());
  listening.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(
      listening.read(5s, [](const std::string& text) { return text.find("retry") != std::string::npos; }),
      HasSubstr("text/event-stream"));
  server.process().signal(SIGTERM);
  EXPECT_EQ(server.process().wait(), 0);
  EXPECT_TRUE(listening.is_closed_within(1s));
}

TEST(Serving, GuessingTokensIsSlowedDown) {
  const auto installation = Installation::embedded();
  installation->configure("[web]\ntokens = [\"op:admin:" + admin_token + "\"]\n");
  const WebServer server(*installation, {"--no-work"});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(server.post("/api/v1/login", {{"token", "guess"}}).status, 401);
  const auto answer = server.post("/api/v1/login", {{"token", admin_token}});
  EXPECT_EQ(answer.status, 429);
  EXPECT_NE(answer.header("retry-after"), "");
}

// A server with the sample video in it.
class MediaTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    installation = Installation::embedded();
    const Json video = ingest(sample_video(), installation->home());
    id = video["video_id"];
    server = std::make_unique<WebServer>(*installation);
    bytes = read_text_file(sample_video());
  }
  static void TearDownTestSuite() {
    server.reset();
    installation.reset();
    bytes.clear();
  }
  static std::string media(const std::string& name) { return "/api/v1/videos/" + id + "/media/" + name; }
  static Json first_clip() { return server->get("/api/v1/videos/" + id + "/clips").json()["clips"][0]; }

  static std::unique_ptr<Installation> installation;
  static std::unique_ptr<WebServer> server;
  static std::string id;
  static std::string bytes;
};

std::unique_ptr<Installation> MediaTest::installation;
std::unique_ptr<WebServer> MediaTest::server;
std::string MediaTest::id;
std::string MediaTest::bytes;

TEST_F(MediaTest, PartsOfAFileAreItsParts) {
  const auto whole = server->get(media("proxy"));
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.header("accept-ranges"), "bytes");
  EXPECT_EQ(whole.header("content-type"), "video/mp4");
  EXPECT_TRUE(whole.body == bytes);
  const std::string etag = whole.header("etag");
  const auto part =
      server->get(media("source.mp4"), {{"Range", "bytes=1000000-1999999"}, {"If-Range", etag}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.header("content-range"), "bytes 1000000-1999999/" + std::to_string(bytes.size()));
  EXPECT_TRUE(part.body == bytes.substr(1'000'000, 1'000'000));
  const auto last = server->get(media("proxy"), {{"Range", "bytes=-10"}});
  EXPECT_EQ(last.body, bytes.substr(bytes.size() - 10));
  const auto beyond = server->get(media("proxy"), {{"Range", "bytes=99999999999-"}});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("content-range"), "bytes */" + std::to_string(bytes.size()));
  EXPECT_EQ(server->get(media("proxy"), {{"Range", "bytes=0-9"}, {"If-Range", "\"other\""}}).status, 200);
  EXPECT_EQ(server->get(media("proxy"), {{"If-None-Match", etag}}).status, 304);
  const auto head = request(server->port(), "HEAD", media("proxy"));
  EXPECT_EQ(head.header("content-length"), std::to_string(bytes.size()));
  EXPECT_EQ(head.header("etag"), etag);
  EXPECT_EQ(head.body, "");
}

TEST_F(MediaTest, ManyReadersAndManyWhoDripTakeNothingFromEachOther) {
  std::vector<RawConnection> drippers;
  drippers.reserve(500);
  for (int i = 0; i < 500; ++i) drippers.emplace_back(server->port()).send("GET / HTTP/1.1\r\nX-Slow: ");
  std::vector<RawConnection> readers;
  readers.reserve(200);
  for (int i = 0; i < 200; ++i) readers.emplace_back(server->port());
  constexpr std::size_t length = std::size_t{1} << 20;
  for (std::size_t round = 0; round < 3; ++round) {
    const auto begin_of = [round](std::size_t reader) {
      return (reader * 37 + round * 11) % 20 * length / 2;
    };
    // All ask before any of them reads.
    for (std::size_t i = 0; i < readers.size(); ++i) {
      readers[i].send("GET " + media("proxy") +
                      " HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: bytes=" + std::to_string(begin_of(i)) + "-" +
                      std::to_string(begin_of(i) + length - 1) + "\r\n\r\n");
    }
    for (const auto& each : drippers) each.send("x");
    EXPECT_EQ(server->get("/api/v1/videos/" + id).status, 200);
    // And all read at the same time: one after the other, the last would read later than the server waits for
    // it where everything is slow.
    for_each_parallel(readers.size(), static_cast<int>(readers.size()), [&](std::size_t i) {
      const std::string answer = readers[i].read(60s, [](const std::string& text) {
        const auto header = text.find("\r\n\r\n");
        return header != std::string::npos && text.size() >= header + 4 + length;
      });
      ASSERT_TRUE(answer.starts_with("HTTP/1.1 206")) << answer.substr(0, 100);
      ASSERT_TRUE(answer.substr(answer.find("\r\n\r\n") + 4) == bytes.substr(begin_of(i), length)) << i;
    });
  }
}

TEST_F(MediaTest, AConflictTellsTheClipsAsTheyAre) {
  const Json clip = first_clip();
  Json seen = fixtures::seen_clip(clip);
  const auto decide = [&](const char* operation) {
    return server->post("/api/v1/decisions", {{"video_id", id}, {"operation", operation}, {"clips", {seen}}});
  };
  const auto done = decide("approve");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.json()["changes"][0]["after"]["decision"], "approved");
  const auto conflict = decide("archive");
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.json()["clips"][0]["decision"], "approved");
  EXPECT_EQ(server->post("/api/v1/decisions/undo", Json::object()).status, 200);
  EXPECT_EQ(first_clip(), clip);
  EXPECT_EQ(server->post("/api/v1/decisions/undo", Json::object()).status, 409);
}

TEST_F(MediaTest, CutsAreSeenAtAnotherThresholdBeforeTheyAreTaken) {
  const std::string cuts = "/api/v1/videos/" + id + "/cuts?threshold=";
  EXPECT_THAT(server->get(cuts + "1").json()["cuts"], SizeIs(0));
  EXPECT_GT(server->get(cuts + "0.01").json()["cuts"].size(),
            server->get(cuts + "0.5").json()["cuts"].size());
  EXPECT_EQ(server->get(cuts + "2").status, 400);
  const std::string sensitivity = "/api/v1/videos/" + id + "/cuts?sensitivity=";
  EXPECT_EQ(server->get(sensitivity + "0.99").json(), server->get(cuts + "0.01").json());
  EXPECT_THAT(server->get(sensitivity + "0").json()["cuts"], SizeIs(0));
  EXPECT_EQ(server->get(sensitivity + "0.5&threshold=0.5").status, 400);
  const auto resegmented = [&](const Json& body) {
    return server->post("/api/v1/videos/" + id + "/resegment", body);
  };
  EXPECT_THAT(resegmented({{"sensitivity", 0}}).json()["clips"], SizeIs(1));
  EXPECT_EQ(resegmented({{"sensitivity", 0.5}, {"threshold", 0.5}}).status, 400);
  EXPECT_THAT(resegmented({{"sensitivity", 0.5}}).json()["clips"], SizeIs(4));
  EXPECT_THAT(server->get("/api/v1/videos/" + id + "/clips").json()["clips"], SizeIs(4));
}

std::string event_ids(const std::string& text) {
  std::string ids;
  for (auto at = text.find("\nid: "); at != std::string::npos; at = text.find("\nid: ", at + 1)) {
    ids += text.substr(at + 5, text.find('\n', at + 5) - at - 5) + "\n";
  }
  return ids;
}

TEST(Events, TellOfAVideoFromBeginToEndAndGoOnWhereTheyWereCut) {
  const auto installation = Installation::embedded();
  const WebServer server(*installation);
  const auto follow = [&](const std::string& more, const std::string& until) {
    const RawConnection connection(server.port());
    connection.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n");
    return connection.read(30s,
                           [&](const std::string& text) { return text.find(until) != std::string::npos; });
  };
  const RawConnection connection(server.port());
  connection.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  connection.read(5s, [](const std::string& text) { return text.find("retry") != std::string::npos; });
  // Long enough that its way can be seen.
  const auto file = sample_video();
  const auto made =
      server.post("/api/v1/uploads", {{"name", "a.mp4"}, {"bytes", std::filesystem::file_size(file)}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(
      request(server.port(), "PATCH", made.header("location"), {{"Upload-Offset", "0"}}, read_text_file(file))
          .status,
      204);
  // Built with TSan, on a machine with other work, the ingest alone may take a minute.
  const std::string seen = connection.read(
      300s, [](const std::string& text) { return text.find("\"state\":\"ready\"") != std::string::npos; });
  EXPECT_THAT(seen, HasSubstr("event: video"));
  EXPECT_THAT(seen, HasSubstr("event: jobs"));
  EXPECT_THAT(seen, HasSubstr("\"activity\":\"ingest\""));
  ASSERT_THAT(seen, HasSubstr("\"state\":\"ready\""));
  const std::string ids = event_ids(seen);
  const std::string first = ids.substr(0, ids.find('\n'));
  const std::string again = event_ids(follow("Last-Event-ID: " + first + "\r\n", "\"state\":\"ready\""));
  EXPECT_EQ(again.substr(0, ids.size() - first.size() - 1), ids.substr(first.size() + 1));
  EXPECT_THAT(follow("Last-Event-ID: of-another-run-7\r\n", "reset"), HasSubstr("event: reset"));
}

class UploadTest : public testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Installation> installation = GetParam() ? Installation::shared() : Installation::embedded();
};

TEST_P(UploadTest, GoesOnAfterACutAndAfterTheServerWasKilled) {
  const std::string bytes = read_text_file(sample_video());
  auto server = std::make_unique<WebServer>(*installation, std::vector<std::string>{"--no-work"});
  const auto made = server->post("/api/v1/uploads", {{"name", "../bunny.mp4"}, {"bytes", bytes.size()}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.json()["name"], "bunny.mp4");
  const std::string target = made.header("location");
  const auto patch = [&](std::size_t offset, const std::string& piece) {
    return request(server->port(), "PATCH", target, {{"Upload-Offset", std::to_string(offset)}}, piece);
  };
  {
    // Announces everything and hangs up in the middle.
    const RawConnection connection(server->port());
    connection.send("PATCH " + target +
                    " HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: 0\r\nContent-Length: " +
                    std::to_string(bytes.size()) + "\r\n\r\n" + bytes.substr(0, 5'000'000));
  }
  std::size_t offset = 0;
  for (int i = 0; i < 100 && offset < 5'000'000; ++i) {
    std::this_thread::sleep_for(20ms);
    offset = server->get(target).json()["offset"];
  }
  EXPECT_EQ(offset, 5'000'000U);
  EXPECT_EQ(patch(0, "x").status, 409);
  server->process().signal(SIGKILL);
  server->process().wait();
  server = std::make_unique<WebServer>(*installation);
  EXPECT_EQ(server->get(target).json()["offset"], 5'000'000);
  EXPECT_EQ(patch(5'000'000, bytes.substr(5'000'000, 1'000'000)).header("upload-offset"), "6000000");
  const auto done = patch(6'000'000, bytes.substr(6'000'000));
  ASSERT_EQ(done.status, 204) << done.body;
  const std::string id = done.header("heaters-video-id");
  ASSERT_EQ(id.size(), 26U);
  // Acknowledged is stored, whatever happens to this machine.
  EXPECT_NE(installation->ask("SELECT source_key FROM submissions WHERE video_id = '" + id + "'"), "");
  EXPECT_EQ(installation->await("SELECT state FROM submissions WHERE video_id = '" + id + "'", "ready"),
            "ready")
      << installation->log();
  EXPECT_TRUE(server->get("/api/v1/videos/" + id + "/media/proxy").body == bytes);
  EXPECT_EQ(server->get("/api/v1/videos/" + id + "/media/proxy", {{"Range", "bytes=5000000-5000999"}}).body,
            bytes.substr(5'000'000, 1'000));
  EXPECT_EQ(server->get("/api/v1/videos/" + id).json()["title"], "bunny.mp4");
}

TEST_P(UploadTest, WhatIsNoVideoIsRefusedAndForgotten) {
  const WebServer server(*installation, {"--no-work"});
  const auto made = server.post("/api/v1/uploads", {{"name", "notes.txt"}, {"bytes", 5}});
  const auto done =
      request(server.port(), "PATCH", made.header("location"), {{"Upload-Offset", "0"}}, "hello");
  EXPECT_THAT(done.status, AnyOf(400, 415, 422)) << done.body;
  EXPECT_EQ(server.get(made.header("location")).status, 404);
  EXPECT_EQ(installation->ask("SELECT count(*) FROM submissions WHERE title = 'notes.txt'"), "0");
}

INSTANTIATE_TEST_SUITE_P(Places, UploadTest, testing::Values(false, true), [](const auto& place) {
  return std::string(place.param ? "PostgresAndS3" : "Embedded");
});

}  // namespace
}  // namespace heaters::fixtures

// URLs from outside: a web server that behaves well and badly, the program, and yt-dlp in its Python workers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <span>
#include <sstream>
#include <thread>

#include "base/base64.h"
#include "fixtures/installation.h"
#include "fixtures/media_server.h"
#include "fixtures/postgres.h"
#include "fixtures/sample.h"
#include "fixtures/swift.h"

namespace heaters {
namespace {

using fixtures::Installation;
using testing::HasSubstr;
using testing::SizeIs;

// The decoded pictures of a file or playlist, a digest each.
std::string picture_digests(const std::string& input) {
  const std::string text =
      fixtures::run_or_fail({"ffmpeg", "-v", "error", "-nostdin", "-i", input, "-map", "0:v:0", "-fps_mode",
                             "passthrough", "-f", "framemd5", "-"});
  // Without the times, which a container may round.
  std::istringstream lines(text);
  std::string digests;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) digests += line.substr(line.rfind(',')) + "\n";
  }
  return digests;
}

class UrlTest : public testing::Test {
 protected:
  UrlTest() {
    video = fixtures::small_videos(server.folder(), 1).front();
    // Counts how often Python is started, and keeps what it is started with.
    write_text_file(python, "#!/bin/sh\necho $$ >> '" + starts.string() + "'\nenv >> '" +
                                (installation->folder() / "environment").string() +
                                "'\nexec /usr/bin/python3 \"$@\"\n");
    std::filesystem::permissions(python, std::filesystem::perms::owner_all);
    configure("");
  }

  void configure(const std::string& more) const {
    installation->configure("[acquire]\nallow_private_addresses = true\npython = \"" + python.string() +
                            "\"\n" + more);
  }

  Json ingest(const std::string& path) const {
    return installation->run_json({"ingest", "--json", server.url(path)});
  }
  fixtures::CommandResult refused(const std::string& path) const {
    return installation->run({"ingest", server.url(path)});
  }

  std::vector<int> python_starts() const {
    std::vector<int> pids;
    if (!std::filesystem::exists(starts)) return pids;
    std::istringstream lines(read_text_file(starts));
    for (int pid = 0; lines >> pid;) pids.push_back(pid);
    return pids;
  }

  fixtures::MediaServer server;
  std::unique_ptr<Installation> installation = Installation::embedded();
  std::filesystem::path python = installation->folder() / "python";
  std::filesystem::path starts = installation->folder() / "starts";
  std::filesystem::path video;
};

TEST_F(UrlTest, AVideoIsStoredByteForByteWithoutPython) {
  for (const std::string path : {"/files/0.mp4", "/redirect?to=/files/0.mp4", "/files/0.mp4?pace=200000",
                                 "/files/0.mp4?cut=20000&times=1", "/files/0.mp4?type=text/html"}) {
    const Json json = installation->run_json({"ingest", "--json", "--again", server.url(path)});
    EXPECT_EQ(json["source"]["sha256"], digest_file(video).sha256) << path;
    EXPECT_EQ(json["fetched"]["by"], "http") << path;
    EXPECT_EQ(json["title"], path.starts_with("/redirect") ? "redirect" : "0.mp4");
  }
  EXPECT_THAT(python_starts(), SizeIs(0));
  EXPECT_THAT(fixtures::files_below(installation->home() / "workspace/videos"), SizeIs(0));
  // The same bytes are recognised, wherever they come from.
  EXPECT_EQ(ingest("/files/0.mp4")["duplicate"], true);
}

TEST_F(UrlTest, APageIsLeftToYtDlp) {
  const Json json = ingest("/page?video=/files/0.mp4");
  EXPECT_EQ(json["source"]["sha256"], digest_file(video).sha256);
  EXPECT_EQ(json["fetched"]["by"], "yt-dlp");
  EXPECT_THAT(json["title"].get<std::string>(), HasSubstr("A page"));
  EXPECT_THAT(json["fetched"]["webpage_url"].get<std::string>(), HasSubstr("/page"));
  EXPECT_THAT(python_starts(), SizeIs(1));
  // One extraction, after one look by us.
  int pages = 0;
  for (const auto& request : server.requests()) pages += request.path.starts_with("/page") ? 1 : 0;
  EXPECT_EQ(pages, 2);
}

TEST_F(UrlTest, TheBestOfAPlaylistIsTakenFrameForFrame) {
  for (const std::string size : {"160x90", "320x180"}) {
    fixtures::make({"-f",
                    "lavfi",
                    "-i",
                    "testsrc2=s=" + size + ":r=24:d=3",
                    "-f",
                    "lavfi",
                    "-i",
                    "sine=d=3",
                    "-c:v",
                    "libx264",
                    "-preset",
                    "ultrafast",
                    "-g",
                    "24",
                    "-c:a",
                    "aac",
                    "-hls_time",
                    "1",
                    "-hls_playlist_type",
                    "vod",
                    (server.folder() / (size + ".m3u8")).string()});
  }
  write_text_file(server.folder() / "master.m3u8",
                  "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=320x180\n320x180.m3u8\n"
                  "#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=160x90\n160x90.m3u8\n");
  const Json json = ingest("/files/master.m3u8");
  EXPECT_EQ(json["source"]["height"], 180);
  EXPECT_EQ(json["source"]["frame_count"], 72);
  EXPECT_EQ(json["fetched"]["height"], 180);
  EXPECT_EQ(json["fetched"]["best_height"], 180);
  const auto source = std::find_if(json["artifacts"].begin(), json["artifacts"].end(),
                                   [](const Json& artifact) { return artifact["kind"] == "source"; });
  const auto stored = installation->home() / "store" / (*source)["key"].get<std::string>();
  const std::string digests = picture_digests(stored.string());
  EXPECT_EQ(std::count(digests.begin(), digests.end(), '\n'), 72);
  EXPECT_EQ(digests, picture_digests((server.folder() / "320x180.m3u8").string()));
  // A smaller one where that is asked for, and told.
  configure("max_height = 100\n");
  const Json smaller = ingest("/files/master.m3u8");
  EXPECT_EQ(smaller["source"]["height"], 90);
  EXPECT_EQ(smaller["fetched"]["height"], 90);
  EXPECT_EQ(smaller["fetched"]["best_height"], 180);
}

TEST_F(UrlTest, WhatDoesNotPassEndsAtOnceAndIsSaidClearly) {
  const std::vector<std::tuple<std::string, int, std::string>> cases = {
      {"/status/404", 1, "there is nothing at this address"},
      {"/files/none.mp4", 1, "there is nothing at this address"},
      {"/files/0.mp4?status=403", 2, "access is refused"},
      {"/files/0.mp4?status=400", 2, "the server does not give it"},
      {"/status/410", 1, "nothing"},
      {"/status/403", 2, "403"},
      {"/loop", 2, "redirects"},
      {"/redirect?to=file:///etc/passwd", 2, "only http and https"},
      {"/redirect?to=ftp://127.0.0.1/x", 2, "only http and https"},
      {"/page?video=/files/none.mp4", 1, "404"},
      {"/files/access.log", 2, "not a video"},
  };
  for (const auto& [path, exit_code, text] : cases) {
    const auto result = refused(path);
    EXPECT_EQ(result.exit_code, exit_code) << path << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr(text)) << path;
  }
  EXPECT_EQ(installation->run({"ingest", "ftp://127.0.0.1/x"}).exit_code, 2);
  EXPECT_EQ(installation->ask("SELECT count(*) FROM oban_jobs WHERE state NOT IN ('cancelled', 'completed')"),
            "0");
  EXPECT_EQ(installation->ask("SELECT count(*) FROM submissions WHERE state <> 'failed'"), "0");
  EXPECT_EQ(installation->ask("SELECT max(attempt) FROM oban_jobs"), "1");
  EXPECT_THAT(fixtures::files_below(installation->home() / "workspace/videos"), SizeIs(0));
}

TEST_F(UrlTest, AddressesOfThisMachineAreRefused) {
  installation->configure("[acquire]\npython = \"" + python.string() + "\"\n");
  const auto result = refused("/files/0.mp4");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("a loopback address"));
  EXPECT_THAT(server.requests(), SizeIs(0));
  // A server that may be reached does not lead to one that may not, nor does what yt-dlp finds in its page.
  installation->configure("[acquire]\nallowed_networks = [\"127.0.0.1\"]\npython = \"" + python.string() +
                          "\"\n");
  for (const std::string path :
       {"/redirect?to=http://127.0.0.2/x", "/redirect?to=http://169.254.169.254/latest/meta-data/",
        "/page?video=http://127.0.0.2:9/x.mp4", "/page?video=http://169.254.169.254/x.mp4",
        "/page?video=http://2852039166/x.mp4", "/page?video=/redirect%3Fto%3Dhttp://127.0.0.2:9/x.mp4"}) {
    const auto hostile = refused(path);
    EXPECT_EQ(hostile.exit_code, 2) << path << hostile.err;
    EXPECT_THAT(hostile.err, HasSubstr("refused")) << path;
  }
  EXPECT_EQ(ingest("/page?video=/files/0.mp4")["fetched"]["by"], "yt-dlp");
}

TEST_F(UrlTest, AProxyMayBeOnOurNetworkAndWhatItIsAskedForMayNot) {
  installation->configure("[acquire]\npython = \"" + python.string() + "\"\nproxy = \"" + server.url("") +
                          "\"\n");
  const auto through = [&](const std::string& url) { return installation->run({"ingest", "--again", url}); };
  // Names that only the proxy resolves.
  EXPECT_EQ(through("http://videos.invalid/files/0.mp4").exit_code, 0);
  EXPECT_EQ(through("http://videos.invalid/page?video=/files/0.mp4").exit_code, 0);
  const auto before = server.requests().size();
  for (const std::string url :
       {"http://127.0.0.1:9/files/0.mp4", "http://169.254.169.254/", "http://[::1]/", "http://0x7f.1/"}) {
    const auto result = through(url);
    EXPECT_EQ(result.exit_code, 2) << url << result.err;
  }
  EXPECT_EQ(server.requests().size(), before);
  for (const std::string path :
       {"http://169.254.169.254/x.mp4", "/redirect%3Fto%3Dhttp://169.254.169.254/x.mp4"}) {
    const auto result = through("http://videos.invalid/page?video=" + path);
    EXPECT_EQ(result.exit_code, 2) << path;
    EXPECT_THAT(result.err, HasSubstr("refused")) << path;
  }
  for (const auto& request : server.requests())
    EXPECT_FALSE(request.path.starts_with("http://169.254")) << request.path;
}

TEST_F(UrlTest, AJobWhoseSecretIsGoneSaysSo) {
  EXPECT_EQ(refused("/status/403?token=geheim").exit_code, 2);
  EXPECT_EQ(installation->run({"jobs", "retry", "1"}).exit_code, 0);
  EXPECT_EQ(installation->run({"worker", "--drain"}).exit_code, 0);
  EXPECT_THAT(installation->ask("SELECT error FROM submissions"), HasSubstr("submit it again"));
}

TEST(ExtractorArguments, AreReadAsYtDlpsOwnProgramReadsThem) {
  const std::string program =
      "import json; from heaters_worker.ytdlp import parse_extractor_args as p; "
      "print(json.dumps(p(['youtube:player-client=web,tv;lang=en', 'Generic:a=x\\\\,y'])))";
  const std::string path = "PYTHONPATH=" HEATERS_SOURCE_DIR "/python";
  const std::string out = fixtures::run_or_fail({"env", path, "/usr/bin/python3", "-c", program});
  EXPECT_EQ(
      Json::parse(out),
      Json::parse(
          R"({"youtube": {"player_client": ["web", "tv"], "lang": ["en"]}, "generic": {"a": ["x,y"]}})"));
}

TEST_F(UrlTest, WhatMayPassIsTriedAgainWhenTheServerSaid) {
  const auto enter = [&](const std::string& path) {
    installation->connect()
        ->prepare(
            "INSERT INTO oban_jobs (args, queue, worker) VALUES (?, 'heaters_acquire', 'Heaters.Acquire')")
        .bind(Json{{"origin", server.url(path)}}.dump())
        .run();
  };
  enter("/status/429?retry_after=3000");
  enter("/status/503?retry_after=3000");
  enter("/page?video=/status/429%3Fretry_after%3D3000");
  EXPECT_EQ(installation->run({"worker", "--drain"}).exit_code, 0);
  for (const Json& job : installation->run_json({"jobs", "list", "--json"})) {
    EXPECT_EQ(job["state"], "retryable") << job;
    const auto wait = parse_utc(job["scheduled_at"].get<std::string>()).value() -
                      parse_utc(job["attempted_at"].get<std::string>()).value();
    EXPECT_GT(wait, std::chrono::seconds(2900)) << job;
    EXPECT_LT(wait, std::chrono::seconds(3100)) << job;
  }
  EXPECT_EQ(refused("/status/500").exit_code, 75) << "who waits is told at once";
  // What goes wrong on the network behind a page may pass, too.
  for (const std::string path :
       {"/page?video=/status/500", "/page?video=/files/0.mp4%3Fcut%3D1000%26times%3D100",
        "/page?video=http://127.0.0.1:9/x.mp4", "/page?video=http://premium.removed.invalid/login.mp4",
        "/page?video=/files/0.mp4%3Fstatus%3D403"}) {
    const auto result = refused(path);
    EXPECT_EQ(result.exit_code, 75) << path << result.err;
    EXPECT_EQ(result.err.find_first_of("\r\x1b"), std::string::npos)
        << "what steers a terminal is not passed on";
  }
}

TEST_F(UrlTest, APlaylistIsTakenInOrderOnlyWhenThatIsAskedFor) {
  fixtures::small_videos(server.folder(), 3);
  std::string feed = "<rss version=\"2.0\"><channel><title>List</title>";
  for (int i = 0; i < 3; ++i) {
    feed += "<item><title>Part " + std::to_string(i) + "</title><link>" +
            server.url("/files/" + std::to_string(i) + ".mp4") + "</link></item>";
  }
  write_text_file(server.folder() / "feed.xml", feed + "</channel></rss>");
  const auto ids = [](const std::string& out) { return std::count(out.begin(), out.end(), '\n'); };
  const auto all = installation->run(
      {"ingest", "--json", "--playlist", server.url("/files/feed.xml?type=application/rss%2Bxml")});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  ASSERT_EQ(ids(all.out), 3) << all.out;
  std::istringstream lines(all.out);
  for (int i = 0; i < 3; ++i) {
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(Json::parse(line)["title"], std::to_string(i) + ".mp4");
  }
  const auto limited = installation->run({"ingest", "--json", "--again", "--playlist", "--playlist-limit",
                                          "2", server.url("/files/feed.xml?type=application/rss%2Bxml")});
  EXPECT_EQ(ids(limited.out), 2) << limited.err;
}

TEST_F(UrlTest, TwentyPagesStartPythonAsOftenAsThePoolIsLarge) {
  fixtures::small_videos(server.folder(), 20);
  std::vector<std::string> arguments = {"ingest", "--json"};
  for (int i = 0; i < 20; ++i)
    arguments.push_back(server.url("/page?video=/files/" + std::to_string(i) + ".mp4"));
  const auto result = installation->run(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(installation->ask("SELECT count(*) FROM videos"), "20");
  EXPECT_THAT(python_starts(), SizeIs(2));
}

TEST_F(UrlTest, AWorkerThatIsKilledInTheMiddleFailsItsJobForNow) {
  const std::string slow = server.url("/page?video=/files/0.mp4%3Fpace%3D20000");
  installation->connect()
      ->prepare(
          "INSERT INTO oban_jobs (args, queue, worker) VALUES (?, 'heaters_acquire', 'Heaters.Acquire')")
      .bind(Json{{"origin", slow}}.dump())
      .run();
  const auto worker = installation->start_worker();
  for (int i = 0; i < 400; ++i) {
    const auto requests = server.requests();
    if (std::any_of(requests.begin(), requests.end(),
                    [](const auto& r) { return r.path.starts_with("/files/0"); }))
      break;
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  ASSERT_THAT(python_starts(), SizeIs(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  ::kill(python_starts().front(), SIGKILL);
  EXPECT_EQ(installation->await("SELECT state FROM oban_jobs", "retryable", 20), "retryable")
      << installation->log();
  EXPECT_THAT(installation->ask("SELECT error FROM submissions"), HasSubstr("signal 9"));
  // Another job is not disturbed, and the same one succeeds the next time.
  installation->run_json({"ingest", "--json", server.url("/files/0.mp4?pace=1000000")});
  EXPECT_EQ(installation->run({"jobs", "retry", "1"}).exit_code, 0);
  EXPECT_EQ(
      installation->await("SELECT count(*) FROM submissions WHERE state IN ('ready', 'duplicate')", "2", 60),
      "2")
      << installation->log();
  EXPECT_THAT(python_starts(), SizeIs(2));
}

TEST_F(UrlTest, WithoutYtDlpItIsSaidWhatToInstall) {
  write_text_file(python, "#!/bin/sh\nexec /usr/bin/python3 -S \"$@\"\n");
  const auto result = refused("/page?video=/files/0.mp4");
  EXPECT_EQ(result.exit_code, 75);
  EXPECT_THAT(result.err, HasSubstr("python/requirements.txt"));
  EXPECT_EQ(ingest("/files/0.mp4")["fetched"]["by"], "http") << "videos need no Python";
  const Json checks = installation->run_json({"doctor", "--json"});
  EXPECT_EQ(checks.back()["check"], "yt-dlp");
  EXPECT_THAT(checks.back()["advice"].get<std::string>(), HasSubstr("python/requirements.txt"));
}

// The lines that hold it.
std::string lines_with(const std::string& text, const std::string& part) {
  std::istringstream lines(text);
  std::string found;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(part) != std::string::npos) found.append(line).append("\n");
  }
  return found;
}

// Values that are set wherever a secret can be set, and looked for wherever something is written.
TEST(CanaryTest, NoSecretIsToldAnywhere) {
  fixtures::MediaServer server;
  fixtures::small_videos(server.folder(), 2);
  const auto bucket = fixtures::SwiftServer::shared().create_bucket();
  auto environment = fixtures::s3_environment(bucket.bucket, bucket.endpoint);
  environment.emplace_back("AWS_SESSION_TOKEN", "canary-aws-session");
  environment.emplace_back("PGPASSWORD", "canary-pg-environment");
  std::string database = fixtures::PostgresServer::shared().create_database();
  database.insert(database.find('@'), ":canary-database-password");
  Installation installation(database, environment);
  const auto python = installation.folder() / "python";
  const auto seen = installation.folder() / "environment";
  write_text_file(python, "#!/bin/sh\nenv >> '" + seen.string() + "'\nexec /usr/bin/python3 \"$@\"\n");
  std::filesystem::permissions(python, std::filesystem::perms::owner_all);
  const auto cookies = installation.folder() / "cookies.txt";
  write_text_file(
      cookies,
      "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tid\tcanary-cookie-value\n");
  const std::string settings = "[acquire]\nallow_private_addresses = true\npython = \"" + python.string() +
                               "\"\ncookies = \"" + cookies.string() +
                               "\"\nextractor_args = [\"generic:token=canary-extractor-argument-long\"]\n";
  installation.configure(settings);
  const std::string host = "user:canary-url-password@127.0.0.1:" + std::to_string(server.port());
  std::string told;
  const auto run = [&](const std::vector<std::string>& arguments) {
    const auto result = installation.run(arguments);
    told += result.out + result.err;
    return result.exit_code;
  };
  const std::string token = "token=canary-bearer-token";
  EXPECT_EQ(run({"-v", "ingest", "--work", "--json", "http://" + host + "/files/0.mp4?" + token}), 0) << told;
  EXPECT_EQ(run({"-v", "ingest", "--work", "http://" + host + "/page?video=/files/1.mp4&" + token}), 0)
      << told;
  EXPECT_EQ(run({"-v", "ingest", "--work", "http://" + host + "/status/403?" + token}), 2) << told;
  EXPECT_EQ(run({"-v", "ingest", "--work", "http://" + host + "/page?video=/files/none.mp4&" + token}), 1)
      << told;
  installation.configure(settings + "proxy = \"http://proxy:canary-proxy-password@127.0.0.1:" +
                         std::to_string(server.port()) + "\"\n");
  EXPECT_EQ(run({"-v", "ingest", "--work", "--again", "http://" + host + "/files/0.mp4?" + token}), 0)
      << told;
  EXPECT_EQ(
      run({"-v", "ingest", "--work", "--again", "http://" + host + "/page?video=/files/1.mp4&" + token}), 0)
      << told;
  EXPECT_EQ(run({"-v", "ingest", "--work", "http://" + host + "/status/500?" + token}), 75) << told;
  run({"-v", "jobs", "list", "--json"});
  run({"-v", "videos", "list", "--json"});
  run({"-v", "doctor", "--json"});
  run({"-v", "cost", "--json"});
  EXPECT_EQ(lines_with(told, "canary"), "");
  EXPECT_THAT(told, HasSubstr("[redacted]"));
  const std::string rows = fixtures::run_or_fail({"pg_dump", "--inserts", database});
  EXPECT_GT(lines_with(rows, "INSERT INTO public.oban_jobs").size(), 1000U);
  EXPECT_EQ(lines_with(rows, "canary"), "");
  const std::string environment_seen = read_text_file(seen);
  EXPECT_NE(lines_with(environment_seen, "PATH="), "");
  EXPECT_EQ(lines_with(environment_seen, "canary"), "");
  EXPECT_EQ(lines_with(environment_seen, "testing"), "") << "the key of the store";
  EXPECT_EQ(lines_with(told, "testing"), "") << "the key of the store";
  EXPECT_EQ(lines_with(rows, "testing"), "");
  for (const auto& file : fixtures::files_below(installation.home())) {
    EXPECT_EQ(lines_with(read_text_file(installation.home() / file), "canary"), "") << file;
  }
  // They did reach where they were needed.
  const std::string served = read_text_file(server.folder() / "access.log");
  const auto basic = [](const std::string& text) { return base64(std::as_bytes(std::span(text))); };
  EXPECT_NE(lines_with(served, "Cookie=id=canary-cookie-value"), "");
  EXPECT_NE(lines_with(served, "Authorization=Basic_" + basic("user:canary-url-password")), "");
  EXPECT_NE(lines_with(served, "Proxy-Authorization=Basic_" + basic("proxy:canary-proxy-password")), "");
  EXPECT_EQ(installation.ask("SELECT count(*) FROM videos"), "4");
}

}  // namespace
}  // namespace heaters

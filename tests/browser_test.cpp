// The user interface in a real browser: the scripts of tests/browser drive Chromium against a server of this
// build.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "base/json.h"
#include "fixtures/colour_model.h"
#include "fixtures/command.h"
#include "fixtures/movie.h"
#include "fixtures/sample.h"
#include "fixtures/web_server.h"

namespace heaters::fixtures {
namespace {

namespace fs = std::filesystem;

class BrowserTest : public testing::Test {
 protected:
  void SetUp() override {
    // A test of the browser without one would say nothing.
    for (const char* program : {"chromium", "firefox-esr", "WebKitWebDriver", "xvfb-run"}) {
      ASSERT_TRUE(fs::exists(fs::path("/usr/bin") / program))
          << program << " is missing: scripts/install-dependencies test";
    }
  }

  std::filesystem::path home() const { return installation->home(); }

  std::string start() {
    server = std::make_unique<WebServer>(*installation);
    return server->base();
  }

  // Runs a script of tests/browser with one JSON argument.
  void run_script(const std::string& name, const Json& argument) {
    const fs::path file = directory.path() / "argument.json";
    write_text_file(file, argument.dump());
    const fs::path script = fs::path(HEATERS_SOURCE_DIR) / "tests" / "browser" / name;
    const auto result = run_command({"node", script.string(), file.string()});
    std::cout << result.out;
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  }

  TemporaryDirectory directory;
  std::unique_ptr<Installation> installation = Installation::embedded();
  std::unique_ptr<WebServer> server;
};

struct Case {
  std::string name;
  std::string file;
  std::vector<std::string> options;  // of ffmpeg
  std::string rung;
  bool is_slow_too = true;  // WebKitGTK, four times as slow as the others without a GPU, sees it too
  int rotation = 0;         // clockwise degrees that a player has to turn it by
};

std::vector<std::string> at_rate(const std::string& rate, std::vector<std::string> more) {
  more.insert(more.begin(), {"-vf", "settb=1/90000,setpts=N*90000/(" + rate + ")", "-r", rate, "-fps_mode",
                             "passthrough", "-video_track_timescale", "90000", "-an"});
  return more;
}

std::vector<std::string> x264(const std::string& parameters) {
  return {"-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-x264-params", parameters};
}

std::vector<Case> cases() {
  const std::string long_gop = "keyint=250:min-keyint=250:scenecut=0:bframes=3:b-pyramid=normal";
  const std::string short_gop = "keyint=12:scenecut=0:bframes=0";
  std::vector<Case> all = {
      {"23.976, long GOP, B-frames, reused", "a.mp4", at_rate("24000/1001", x264(long_gop)), "reuse"},
      {"25, short GOP, reused", "b.mp4", at_rate("25", x264(short_gop)), "reuse", false},
      {"29.97, long GOP, B-frames, reused", "c.mp4", at_rate("30000/1001", x264(long_gop)), "reuse", false},
      {"30, open GOP, encoded", "d.mp4", at_rate("30", x264("keyint=30:open-gop=1:bframes=3:scenecut=0")),
       "encode", false},
      {"59.94, long GOP, B-frames, reused", "e.mp4", at_rate("60000/1001", x264(long_gop)), "reuse", false},
      {"23.976, remuxed from Matroska", "f.mkv", at_rate("24000/1001", x264(long_gop)), "remux", false},
      {"29.97, MPEG-TS, remuxed", "g.ts", at_rate("30000/1001", x264(long_gop)), "remux"},
      {"25, HEVC, encoded", "h.mp4",
       at_rate("25", {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"}), "encode",
       false},
      {"59.94, VP9, encoded", "i.webm",
       at_rate("60000/1001", {"-c:v", "libvpx-vp9", "-b:v", "2M", "-deadline", "realtime", "-cpu-used", "8"}),
       "encode"},
  };
  const std::vector<std::string> variable = {"-vf",
                                             "settb=1/90000,setpts='(N*6000+1500*mod(N*7\\,3))'",
                                             "-fps_mode",
                                             "passthrough",
                                             "-enc_time_base",
                                             "1:90000",
                                             "-video_track_timescale",
                                             "90000",
                                             "-an"};
  std::vector<std::string> reused = variable;
  // Its frames are long: 250 of them would be too far from keyframe to keyframe.
  for (const std::string& each : x264("keyint=100:scenecut=0:bframes=3")) reused.push_back(each);
  all.push_back({"variable rate, reused", "j.mp4", reused, "reuse"});
  std::vector<std::string> encoded = variable;
  for (const char* each : {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"})
    encoded.emplace_back(each);
  all.push_back({"variable rate, encoded", "k.mp4", encoded, "encode", false});
  std::vector<std::string> late = at_rate("25", x264(short_gop));
  late.insert(late.end(), {"-output_ts_offset", "0.5"});
  all.push_back({"25, begins half a second late, reused", "l.mp4", late, "reuse"});
  return all;
}

// The first one again, to be turned, as telephones write it.
Case turned(const fs::path& directory) {
  run_command({"ffmpeg", "-v", "error", "-y", "-i", (directory / "a.mp4").string(), "-c", "copy",
               "-metadata:s:v:0", "rotate=270", (directory / "m.mp4").string()});
  return {"23.976, to be turned by 90 degrees, reused", "m.mp4", {}, "reuse", true, 90};
}

TEST_F(BrowserTest, TheFrameOnScreenIsTheOneThatTheNumberSays) {
  Movie movie;
  movie.shot(1, 130).shot(2, 60).shot(3, 60).shot(4, 50);
  Json argument;
  argument["bits"] = 16;
  auto all = cases();
  for (const Case& each : all) movie.write(directory.path() / each.file, each.options);
  all.push_back(turned(directory.path()));
  Json quick = Json::array();
  Json slow = Json::array();
  for (const Case& each : all) {
    const Json video = ingest(directory.path() / each.file, home());
    ASSERT_EQ(video["source"]["frame_count"], 300) << each.name;
    ASSERT_EQ(video["proxy"]["rung"], each.rung) << each.name;
    const Json checked = {{"name", each.name},
                          {"id", video["video_id"]},
                          {"width", 320},
                          {"height", 180},
                          {"rotation", each.rotation}};
    quick.push_back(checked);
    if (each.is_slow_too) slow.push_back(checked);
  }
  argument["base"] = start();
  for (const char* browser : {"chromium", "firefox", "webkit"}) {
    argument["browser"] = browser;
    argument["videos"] = browser == std::string("webkit") ? slow : quick;
    std::cout << browser << ":\n";
    run_script("exactness.mjs", argument);
  }
}

struct Cut {
  std::string name;
  std::string file;
  std::vector<std::string> options;  // of ffmpeg
  bool is_hevc = false;              // which Debian's Chromium does not decode
};

std::vector<Cut> cuts() {
  const auto with_sound = [](std::vector<std::string> more) {
    more.insert(more.begin(), {"-f", "lavfi", "-i", "anoisesrc=r=48000:d=6.25", "-c:a", "aac", "-shortest"});
    return more;
  };
  const std::string open = "scenecut=0:open-gop=1:bframes=3";
  return {
      {"closed groups", "a.mp4", with_sound(x264("keyint=24:scenecut=0:bframes=3"))},
      {"open groups, pyramid", "b.mp4", with_sound(x264("keyint=24:b-pyramid=normal:ref=4:" + open))},
      {"open groups, CAVLC, weighted", "c.mkv",
       with_sound(x264("keyint=30:cabac=0:weightp=2:ref=6:" + open))},
      {"slices, no reordering", "d.ts", with_sound(x264("keyint=12:bframes=0:slices=4"))},
      {"VP9, which is encoded",
       "e.webm",
       {"-c:v", "libvpx-vp9", "-g", "24", "-deadline", "realtime", "-cpu-used", "8"}},
      {"HEVC, clean random access", "f.mp4",
       with_sound({"-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
                   "log-level=none:keyint=24:bframes=4:" + open}),
       true},
  };
}

// Chromium plays those of export_test.
TEST_F(BrowserTest, ExportedClipsPlayFromTheirFirstFrameToTheirLast) {
  Movie movie(320, 192);
  movie.shot(1, 60).shot(2, 50).shot(3, 40);
  Json all = Json::array();
  Json decodable = Json::array();
  for (const Cut& each : cuts()) {
    const fs::path source = directory.path() / each.file;
    movie.write(source, each.options);
    const fs::path out = directory.path() / ("cut-" + each.file);
    // Encoded and copied frames in one track, encoded ones alone, a single one.
    const auto result = run_command(heaters({"export", source.string(), "--json", "--frames", "19:56",
                                             "--frames", "31:70", "--frames", "61:62", "-o", out.string()}));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      const Json made = Json::parse(line);
      const Json file = {{"name", each.name + ", " + made["report"]["rung"].get<std::string>()},
                         {"path", made["file"]},
                         {"type", "video/mp4"},
                         {"begin", made["begin_frame"]},
                         {"end", made["end_frame"]},
                         {"width", 320},
                         {"height", 192}};
      all.push_back(file);
      if (!each.is_hevc) decodable.push_back(file);
    }
  }
  ASSERT_EQ(all.size(), 18U);
  run_script("plays.mjs", {{"browser", "firefox"}, {"bits", 16}, {"at_once", 3}, {"files", all}});
  // WebKitGTK paints no single frame onto a canvas before it is over, whoever made the file.
  Json slow = Json::array();
  for (const Json& file : decodable) {
    if (file["end"].get<int>() - file["begin"].get<int>() > 1) slow.push_back(file);
  }
  run_script("plays.mjs", {{"browser", "webkit"}, {"bits", 16}, {"files", slow}});
}

TEST_F(BrowserTest, AFirstDayFromAnEmptyHomeToAReviewedVideo) {
  Json argument;
  argument["file"] = sample_video().string();
  // For whoever wants to look at the pages.
  const char* pictures = std::getenv("HEATERS_PICTURES");
  argument["pictures"] = pictures == nullptr ? Json(nullptr) : Json(pictures);
  argument["base"] = start();
  run_script("flow.mjs", argument);
}

TEST_F(BrowserTest, ClipsAreFoundByWhatTheyLookLikeAndExported) {
  Movie movie(640, 360);
  for (int scene = 1; scene <= 5; ++scene) movie.shot(scene, 48);
  const fs::path original = directory.path() / "original.mp4";
  movie.write(original, x264("keyint=24:scenecut=0"));
  const fs::path copy = directory.path() / "copy.mp4";
  run_or_fail({"ffmpeg", "-v", "error", "-i", original.string(), "-vf", "scale=320:180,eq=brightness=0.05",
               "-c:v", "libx264", "-crf", "30", copy.string()});
  const fs::path image = directory.path() / "still.png";
  run_or_fail(
      {"ffmpeg", "-v", "error", "-ss", "5", "-i", original.string(), "-frames:v", "1", image.string()});
  const fs::path model = directory.path() / "colours.pt";
  write_colour_model("torchscript", model);
  Json argument;
  argument["original"] = ingest(original, home())["video_id"];
  argument["copy"] = ingest(copy, home())["video_id"];
  installation->run_json({"embed", "--json", "--model", model.string()});
  argument["image"] = image.string();
  argument["image_clip"] = 2;
  const char* pictures = std::getenv("HEATERS_PICTURES");
  argument["pictures"] = pictures == nullptr ? Json(nullptr) : Json(pictures);
  argument["base"] = start();
  run_script("clips.mjs", argument);
}

}  // namespace
}  // namespace heaters::fixtures

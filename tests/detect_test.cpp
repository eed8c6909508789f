// Shot detection as a user runs it, on videos whose cuts are known because they were made here.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/file.h"
#include "base/json.h"
#include "fixtures/command.h"
#include "fixtures/movie.h"
#include "fixtures/sample.h"

namespace heaters {
namespace {

using fixtures::cut_frames;
using fixtures::Movie;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::SizeIs;

class DetectTest : public testing::Test {
 protected:
  Json detect(const Movie& movie, const std::vector<std::string>& options = {}) {
    const auto path = directory.path() / "movie.mp4";
    movie.write(path, {"-c:v", "libx264", "-preset", "veryfast", "-crf", "18"});
    return detect_file(path, options);
  }

  static Json detect_file(const std::filesystem::path& path, const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments = {"detect", "--format", "json", path.string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return Json::parse(fixtures::run_or_fail(fixtures::heaters(arguments)));
  }

  static std::string only_kind(const Json& json) {
    EXPECT_EQ(json["cuts"].size(), 1U);
    return json["cuts"].empty() ? "" : json["cuts"][0]["kind"].get<std::string>();
  }

  TemporaryDirectory directory;
};

// Where groups of frames are decoded beside each other, and files.
class DetectThreadsTest : public DetectTest {};
// Where not every frame is decoded.
class GuidedDetectTest : public DetectTest {};

TEST_F(DetectTest, FindsHardCutsOnTheirExactFrames) {
  Movie movie;
  movie.shot(1, 37).shot(2, 50).shot(3, 24).shot(4, 61).shot(5, 30);
  EXPECT_THAT(cut_frames(detect(movie)), ElementsAre(37, 87, 111, 172));
}

TEST_F(DetectTest, FindsACutHalfASecondBeforeTheEnd) {
  Movie movie;
  movie.shot(1, 60).shot(2, 12);
  EXPECT_THAT(cut_frames(detect(movie)), ElementsAre(60));
}

TEST_F(DetectTest, FindsACutBetweenPicturesOfOnePalette) {
  Movie movie;
  movie.shot(3, 40).same_palette_shot(3, 40);
  EXPECT_THAT(cut_frames(detect(movie)), ElementsAre(40));
}

TEST_F(DetectTest, KeepsOneFrameShotsUnlessAskedForLongerOnes) {
  Movie movie;
  movie.shot(1, 30).shot(2, 1).shot(3, 30);
  EXPECT_THAT(cut_frames(detect(movie)), ElementsAre(30, 31));
  EXPECT_THAT(cut_frames(detect(movie, {"--min-shot", "2"})), SizeIs(1));
}

TEST_F(DetectTest, ShotsOfExactlyTheMinimumLengthStay) {
  Movie movie;
  movie.shot(1, 30).shot(2, 12).shot(3, 30);
  EXPECT_THAT(cut_frames(detect(movie, {"--min-shot", "12"})), ElementsAre(30, 42));
  EXPECT_THAT(cut_frames(detect(movie, {"--min-shot", "13"})), SizeIs(1));
}

TEST_F(DetectTest, AFlashIsNoCut) {
  for (const int frames : {1, 2, 4}) {
    Movie movie;
    movie.shot(1, 40).flash(frames).shot(1, 40);
    EXPECT_THAT(cut_frames(detect(movie)), IsEmpty()) << frames << " frames of flash";
  }
}

TEST_F(DetectTest, APanIsNoCut) {
  Movie movie;
  movie.shot(2, 30).pan(30, 9).shot(2, 1);
  movie.pan(20, 3);
  EXPECT_THAT(cut_frames(detect(movie)), IsEmpty());
}

TEST_F(DetectTest, AChangeOfLetterboxIsNoCut) {
  Movie movie;
  movie.shot(4, 30).letterbox(40, 22);
  EXPECT_THAT(cut_frames(detect(movie)), IsEmpty());
}

TEST_F(DetectTest, ADissolveIsOneBoundaryWithinIt) {
  for (const int frames : {8, 16, 30, 48}) {
    Movie movie;
    movie.shot(1, 50).dissolve(2, frames).shot(2, 50);
    const Json json = detect(movie);
    EXPECT_THAT(cut_frames(json), ElementsAre(AllOf(Ge(50), Le(50 + frames))))
        << frames << " frames of dissolve";
    EXPECT_EQ(only_kind(json), "dissolve");
  }
}

TEST_F(DetectTest, AFadeIsOneBoundaryWithinIt) {
  for (const int level : {16, 235}) {
    Movie movie;
    movie.shot(1, 50).fade_through(level, 2, 12, 6, 12).shot(2, 50);
    const Json json = detect(movie);
    EXPECT_THAT(cut_frames(json), ElementsAre(AllOf(Ge(50), Le(80)))) << "through level " << level;
    EXPECT_EQ(only_kind(json), "fade");
  }
}

TEST_F(DetectTest, ACutToBlackAndAFadeInIsOneBoundary) {
  Movie movie;
  movie.shot(1, 50).fade_through(16, 2, 0, 10, 14).shot(2, 50);
  EXPECT_THAT(cut_frames(detect(movie)), ElementsAre(AllOf(Ge(50), Le(74))));
}

TEST_F(DetectTest, TheSameCutsComeOutOfEveryContainerAndBitDepth) {
  Movie movie;
  movie.shot(1, 30).shot(2, 30).shot(3, 30);
  const std::vector<std::pair<std::string, std::vector<std::string>>> forms = {
      {"a.mkv", {"-c:v", "ffv1"}},
      {"b.mkv", {"-c:v", "ffv1", "-pix_fmt", "yuv422p10le"}},
      {"c.avi", {"-c:v", "mpeg4", "-q:v", "3"}},
      {"d.ts", {"-c:v", "mpeg2video", "-q:v", "3"}},
      {"e.mkv", {"-c:v", "ffv1", "-pix_fmt", "bgr0"}},
      {"f.mkv", {"-c:v", "ffv1", "-pix_fmt", "gray"}}};
  for (const auto& [name, options] : forms) {
    movie.write(directory.path() / name, options);
    EXPECT_THAT(cut_frames(detect_file(directory.path() / name)), ElementsAre(30, 60)) << name;
  }
}

TEST_F(DetectTest, TimesComeFromTheFramesNotFromTheRate) {
  Movie movie;
  movie.shot(1, 24).shot(2, 24);
  const auto path = directory.path() / "vfr.mkv";
  // From frame 24 on every frame lasts twice as long.
  movie.write(
      path, {"-vf", "setpts='if(lt(N,24),N,24+(N-24)*2)/24/TB'", "-fps_mode", "passthrough", "-c:v", "ffv1"});
  const Json json = detect_file(path);
  EXPECT_TRUE(json["variable_frame_rate"].get<bool>());
  ASSERT_THAT(cut_frames(json), ElementsAre(24));
  EXPECT_NEAR(json["cuts"][0]["time"].get<double>(), 1.0, 0.0011);
  EXPECT_NEAR(json["shots"][1]["end_time"].get<double>(), 3.0, 0.0011);
}

TEST_F(DetectTest, EveryFormatNamesTheSameBoundary) {
  Movie movie;
  movie.shot(1, 36).shot(2, 36);
  const auto path = directory.path() / "movie.mp4";
  movie.write(path, {"-c:v", "libx264"});
  const auto as = [&](const std::string& format) {
    return fixtures::run_or_fail(fixtures::heaters({"detect", "--format", format, path.string()}));
  };
  EXPECT_THAT(as("table"), HasSubstr("00:00:01.500"));
  EXPECT_THAT(as("csv"), HasSubstr("movie.mp4,2,36,72,1.500000,3.000000,00:00:01:12,36,1.500000,cut,"));
  EXPECT_THAT(as("edl"),
              HasSubstr("002  AX       V     C        00:00:01:12 00:00:03:00 00:00:01:12 00:00:03:00"));
  const Json otio = Json::parse(as("otio"));
  EXPECT_EQ(otio["OTIO_SCHEMA"], "Timeline.1");
  const Json& second = otio["tracks"]["children"][0]["children"][1]["source_range"];
  EXPECT_EQ(second["start_time"]["value"], 36.0);
  EXPECT_EQ(second["duration"]["value"], 36.0);
  EXPECT_THAT(as("html"),
              AllOf(HasSubstr("Shot 2"), HasSubstr("data:image/jpeg;base64,"), HasSubstr("<svg")));
}

TEST_F(DetectTest, AnIngestedVideoIsThresholdedAgainWithoutDecoding) {
  Movie movie;
  movie.shot(1, 40).dissolve(2, 16).shot(2, 40).shot(3, 40);
  const auto path = directory.path() / "movie.mp4";
  movie.write(path, {"-c:v", "libx264", "-crf", "18"});
  const auto home = directory.path() / "home";
  const std::string id = fixtures::ingest(path, home)["video_id"];
  // Without the source there is nothing to decode.
  std::filesystem::remove(home / "store" / "videos" / id / "source.mp4");
  for (const std::string threshold : {"0.1", "0.5", "0.74", "1"}) {
    const Json decoded = detect_file(path, {"--every-frame", "--threshold", threshold});
    const Json recalled = detect_file(id, {"--home", home.string(), "--threshold", threshold});
    EXPECT_EQ(recalled["cuts"], decoded["cuts"]) << "threshold " << threshold;
    EXPECT_EQ(recalled["shots"], decoded["shots"]);
  }
  const auto refused = fixtures::run_command(
      fixtures::heaters({"detect", id, "--home", home.string(), "--detector", "content"}));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("name a file"));
  EXPECT_THAT(
      fixtures::run_or_fail(fixtures::heaters({"detect", id, "--home", home.string(), "--format", "html"})),
      HasSubstr("data:image/jpeg;base64,"));
}

TEST_F(DetectTest, OutputGoesToAFileWhenAsked) {
  Movie movie;
  movie.shot(1, 24);
  movie.write(directory.path() / "movie.mp4", {"-c:v", "libx264"});
  const auto out = directory.path() / "shots.csv";
  const auto result = fixtures::run_command(fixtures::heaters(
      {"detect", "--format", "csv", "-o", out.string(), (directory.path() / "movie.mp4").string()}));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(read_text_file(out), HasSubstr("movie.mp4,1,0,24,"));
}

// What keyframes and packets leave no doubt about is not decoded; the cuts are the same.
TEST_F(GuidedDetectTest, FewerFramesAreDecodedAndTheSameIsFound) {
  Movie movie;
  movie.shot(1, 130)
      .shot(2, 70)
      .dissolve(3, 20)
      .shot(3, 150)
      .shot(4, 3)
      .shot(5, 120)
      .fade_through(16, 6, 10, 5, 10)
      .shot(6, 60);
  struct Form {
    std::string name;
    std::vector<std::string> options;
    bool saves;
  };
  const std::vector<Form> forms = {
      {"closed.mp4", {"-c:v", "libx264", "-g", "24", "-sc_threshold", "0"}, true},
      // Keyframes of open groups do not come out of the decoder alone: all is decoded.
      {"open.mkv", {"-c:v", "libx264", "-x264-params", "keyint=24:scenecut=0:open-gop=1:bframes=3"}, false},
      {"hevc.mp4", {"-c:v", "libx265", "-x265-params", "keyint=24:bframes=3:log-level=none"}, true},
      {"long.mp4", {"-c:v", "libx264", "-g", "250"}, false},
      {"stream.ts", {"-c:v", "libx264", "-g", "24", "-sc_threshold", "0"}, true},
      {"a.webm", {"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "24"}, true},
      {"a.avi", {"-c:v", "mpeg4", "-q:v", "3", "-g", "24"}, true},
      {"av1.mp4", {"-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "24"}, true},
      {"deep.mkv",
       {"-pix_fmt", "yuv420p10le", "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "24"},
       true},
      {"intra.mkv", {"-c:v", "ffv1"}, false},
      // An edit list leaves frames out: only decoding tells which there are.
      {"edited.mp4", {"-c:v", "libx264", "-g", "24", "-ss", "0.5"}, false}};
  for (const auto& [name, options, saves] : forms) {
    const auto path = directory.path() / name;
    movie.write(path, options);
    const Json guided = detect_file(path);
    const Json full = detect_file(path, {"--every-frame"});
    EXPECT_EQ(guided["frame_count"], full["frame_count"]) << name;
    EXPECT_EQ(full["decoded_frames"], full["frame_count"]) << name;
    ASSERT_EQ(guided["cuts"].size(), full["cuts"].size()) << name;
    for (std::size_t i = 0; i < full["cuts"].size(); ++i) {
      const Json& found = guided["cuts"][i];
      const Json& expected = full["cuts"][i];
      EXPECT_EQ(found["kind"], expected["kind"]) << name;
      // Of a dissolve that ends before a group does, what is left may be passed over.
      const int reach = expected["kind"] == "dissolve" ? 8 : 0;
      EXPECT_NEAR(found["frame"].get<int>(), expected["frame"].get<int>(), reach) << name;
    }
    EXPECT_GE(cut_frames(full).size(), 5U) << name;
    if (saves) {
      EXPECT_LT(guided["decoded_frames"].get<int>(), full["frame_count"].get<int>() * 0.8) << name;
    }
  }
}

// What is decoded without filters for it has no such form.
TEST_F(GuidedDetectTest, Av1ThatIsNoYuvIsDecodedInWhole) {
  const auto path = directory.path() / "rgb.mkv";
  Movie(160, 90).shot(1, 30).shot(2, 30).write(
      path, {"-pix_fmt", "gbrp", "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "10"});
  const Json detection = detect_file(path);
  EXPECT_EQ(detection["decoded_frames"], 60);
  EXPECT_THAT(cut_frames(detection), ElementsAre(30));
}

TEST_F(DetectTest, AStreamThroughAPipeHasTheShotsOfTheFile) {
  const Movie movie = Movie().shot(1, 40).shot(2, 30).dissolve(3, 20).shot(3, 30).shot(4, 25);
  const std::vector<std::vector<std::string>> forms = {{"a.ts"},
                                                       {"b.mkv"},
                                                       {"c.mp4", "-movflags", "+faststart"},
                                                       {"d.mp4", "-movflags", "frag_keyframe+empty_moov"}};
  for (const auto& form : forms) {
    const auto path = directory.path() / form.front();
    std::vector<std::string> options = {"-c:v", "libx264", "-crf", "18"};
    options.insert(options.end(), form.begin() + 1, form.end());
    movie.write(path, options);
    for (const std::string detector : {"window", "adaptive"}) {
      if (detector != "window" && path.extension() != ".ts") continue;
      const Json of_file = detect_file(path, {"--every-frame", "--detector", detector});
      const std::string piped = fmt::format("cat {} | {} detect - --format json --detector {}", path.string(),
                                            fixtures::heaters({}).front(), detector);
      const Json of_stream = Json::parse(fixtures::run_or_fail({"sh", "-c", piped}));
      EXPECT_EQ(of_stream["frame_count"], of_file["frame_count"]) << path;
      EXPECT_EQ(of_stream["cuts"], of_file["cuts"]) << path << " " << detector;
    }
  }
  // Redirected, it can be read back and forth like any file.
  const std::string redirected = fmt::format("{} detect - --format json < {}", fixtures::heaters({}).front(),
                                             (directory.path() / "a.ts").string());
  EXPECT_EQ(cut_frames(Json::parse(fixtures::run_or_fail({"sh", "-c", redirected}))),
            cut_frames(detect_file(directory.path() / "a.ts")));
}

// The second half of the stream is sent only when rows of the first have come out, and a signal ends what
// never would.
TEST_F(DetectTest, RowsOfALiveStreamComeWhileItGoesOn) {
  Movie movie;
  for (int shot = 1; shot <= 20; ++shot) movie.shot(shot, 36);
  const auto path = directory.path() / "live.ts";
  movie.write(path, {"-c:v", "libx264", "-crf", "18", "-g", "40"});
  const auto rows = directory.path() / "rows.csv";
  const std::string script = fmt::format(R"(
size=$(stat -c %s {0}); half=$((size * 3 / 4))
( head -c $half {0}
  i=0; until [ $(wc -l < {1}) -ge 4 ]; do sleep 0.05; i=$((i + 1)); [ $i -lt 600 ] || exit 1; done
  tail -c +$((half + 1)) {0}
  i=0; until [ -e {1}.over ]; do sleep 0.05; i=$((i + 1)); [ $i -lt 1200 ] || exit 1; done ) | ( {2} detect - --format csv > {1} & pid=$!
  i=0; until [ $(wc -l < {1}) -ge 10 ]; do sleep 0.05; i=$((i + 1)); [ $i -lt 600 ] || break; done
  kill -INT $pid; wait $pid; echo "ended $?"; touch {1}.over ))",
                                         path.string(), rows.string(), fixtures::heaters({}).front());
  EXPECT_THAT(fixtures::run_command({"bash", "-c", script}).out, HasSubstr("ended 0"));
  const std::string of_file =
      fixtures::run_or_fail(fixtures::heaters({"detect", "--format", "csv", path.string()}));
  const auto without_title = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line.substr(line.find(',')));
    return lines;
  };
  // The signal may come before the stream has been read to its end: then the last shot ends there.
  std::vector<std::string> of_stream = without_title(read_text_file(rows));
  ASSERT_GE(of_stream.size(), 10U);
  of_stream.pop_back();
  std::vector<std::string> expected = without_title(of_file);
  ASSERT_GE(expected.size(), of_stream.size());
  expected.resize(of_stream.size());
  EXPECT_EQ(of_stream, expected);
}

TEST_F(DetectTest, WhatCannotComeThroughAPipeIsRefusedWithTheReason) {
  Movie movie;
  movie.shot(1, 100);
  const auto path = directory.path() / "a.mp4";
  movie.write(path, {"-c:v", "libx264", "-qp", "0", "-g", "1"});
  ASSERT_GT(std::filesystem::file_size(path), 1 << 20) << "more than what is read ahead";
  const auto piped = [&](const std::string& rest) {
    const std::string command =
        fmt::format("cat {} | {} detect - {}", path.string(), fixtures::heaters({}).front(), rest);
    return fixtures::run_command({"sh", "-c", command});
  };
  EXPECT_THAT(piped("").err, HasSubstr("behind its pictures"));
  EXPECT_NE(piped("").exit_code, 0);
  EXPECT_THAT(piped(path.string()).err, HasSubstr("goes alone"));
}

// Fewer processors mean fewer decoding threads, and fewer groups decoded at a time.
TEST_F(DetectThreadsTest, TheNumberOfThreadsDoesNotMatter) {
  const Movie movie = Movie().shot(1, 40).shot(2, 30).dissolve(3, 20).shot(3, 30).shot(4, 25);
  const std::vector<std::vector<std::string>> codecs = {
      {"a.mp4", "-c:v", "libx264"},
      {"b.webm", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"},
      {"c.mkv", "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-g", "20"},
      {"d.mkv", "-c:v", "libx265", "-x265-params", "keyint=20:open-gop=1:bframes=4:log-level=none"}};
  for (const auto& codec : codecs) {
    const auto path = directory.path() / codec.front();
    movie.write(path, {codec.begin() + 1, codec.end()});
    for (const std::string mode : {"--every-frame", "--threshold=0.2"}) {
      auto command = fixtures::heaters({"detect", "--format", "json", mode, path.string()});
      const std::string all = fixtures::run_or_fail(command);
      command.insert(command.begin(), {"taskset", "-c", "0"});
      EXPECT_EQ(fixtures::run_or_fail(command), all) << path << " " << mode;
      EXPECT_EQ(fixtures::run_or_fail(command), all) << path << " " << mode;
    }
  }
}

TEST_F(DetectThreadsTest, ManyFilesAtOnce) {
  Movie one;
  one.shot(1, 30).shot(2, 30);
  Movie two;
  two.shot(3, 20).shot(4, 30);
  const auto folder = directory.path() / "in";
  std::filesystem::create_directories(folder / "below");
  one.write(folder / "a.mp4", {"-c:v", "libx264"});
  two.write(folder / "below" / "a.mp4", {"-c:v", "libx264"});
  write_text_file(folder / "notes.txt", "no video");
  const auto detect = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "detect");
    return fixtures::run_command(fixtures::heaters(arguments));
  };
  // In order, with one header, whatever is ready first.
  const auto csv = detect({folder.string(), "--format", "csv"});
  EXPECT_EQ(csv.exit_code, 0) << csv.err;
  EXPECT_THAT(csv.out, AllOf(HasSubstr("a.mp4,2,30,60,"), HasSubstr("a.mp4,2,20,50,")));
  EXPECT_LT(csv.out.find("a.mp4,2,30,60,"), csv.out.find("a.mp4,2,20,50,"));
  EXPECT_EQ(csv.out.find("video,number"), csv.out.rfind("video,number"));

  const auto out = directory.path() / "out";
  const auto stats = directory.path() / "stats";
  const auto files = detect({(folder / "*").string(), (folder / "nothing.mp4").string(), "--format", "otio",
                             "-o", out.string(), "--stats", stats.string(), "--jobs", "2"});
  // What is no video, or is not there, ends itself only.
  EXPECT_EQ(files.exit_code, 2);
  EXPECT_THAT(files.err, AllOf(HasSubstr("notes.txt"), HasSubstr("nothing.mp4")));
  EXPECT_THAT(read_text_file(out / "a.otio"), HasSubstr("Timeline.1"));
  EXPECT_THAT(read_text_file(out / "a-2.otio"), HasSubstr("Timeline.1"));
  EXPECT_THAT(read_text_file(stats / "a.stats.csv"),
              HasSubstr("frame,time,score,change,correlation,luma,contrast\n0,0.000000,"));

  const auto nowhere = detect({folder.string(), "--format", "otio"});
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("needs a folder"));
  std::filesystem::create_directories(directory.path() / "empty");
  EXPECT_THAT(detect({(directory.path() / "empty").string()}).err, HasSubstr("there is no video"));
}

TEST_F(DetectTest, ClassicMethodsFindHardCutsToo) {
  Movie movie;
  movie.shot(1, 37).shot(2, 50).shot(3, 24);
  for (const std::string method : {"content", "adaptive", "hash", "histogram"}) {
    EXPECT_THAT(cut_frames(detect(movie, {"--detector", method})), ElementsAre(37, 87)) << method;
  }
  Movie fading;
  fading.shot(1, 50).fade_through(16, 2, 10, 6, 10).shot(2, 50);
  EXPECT_THAT(cut_frames(detect(fading, {"--detector", "threshold"})), ElementsAre(AllOf(Ge(50), Le(76))));
  const auto path = directory.path() / "movie.mp4";
  const auto refused =
      fixtures::run_command(fixtures::heaters({"detect", "--detector", "scdet", path.string()}));
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("there is no such detector"));
  // Nothing that was asked for is passed over in silence.
  const auto without = fixtures::run_command(fixtures::heaters({"detect", "--level", "20", path.string()}));
  EXPECT_EQ(without.exit_code, 2);
  EXPECT_THAT(without.err, HasSubstr("--level is of classic detectors"));
}

TEST_F(DetectTest, SensitivityIsTheThresholdTheOtherWayRound) {
  Movie movie;
  movie.shot(1, 40).dissolve(2, 16).shot(2, 40).shot(3, 40);
  const Json json = detect(movie, {"--threshold", "0.3"});
  EXPECT_EQ(detect(movie, {"--sensitivity", "0.7"})["cuts"], json["cuts"]);
  EXPECT_THAT(cut_frames(detect(movie, {"--sensitivity", "0"})), IsEmpty());
}

}  // namespace
}  // namespace heaters

// `heaters search`, `stills`, edit lists and data sets of a library, as a user meets them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "base/file.h"
#include "fixtures/command.h"
#include "fixtures/installation.h"
#include "fixtures/movie.h"
#include "fixtures/sample.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
using fixtures::Installation;
using fixtures::Movie;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr int scenes = 5;

class SearchTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    Movie movie(640, 360);
    for (int scene = 1; scene <= scenes; ++scene) movie.shot(scene, 40);
    const fs::path original = directory.path() / "original.mp4";
    const fs::path copy = directory.path() / "copy.mkv";
    movie.write(original, {"-c:v", "libx264"});
    fixtures::run_or_fail({"ffmpeg", "-v", "error", "-i", original.string(), "-vf",
                           "scale=320:180,eq=brightness=0.06,pad=320:204:0:12", "-c:v", "libx264", "-crf",
                           "32", copy.string()});
    originals = clips_of(ingest(original));
    copies = clips_of(ingest(copy));
    ASSERT_THAT(originals, SizeIs(scenes));
    ASSERT_THAT(copies, SizeIs(scenes));
  }

  std::string ingest(const fs::path& file) {
    std::vector<std::string> arguments = {"ingest", "--json", file.string()};
    if (!installation->is_embedded()) arguments.emplace_back("--work");
    return installation->run_json(arguments)["video_id"];
  }

  std::vector<std::string> clips_of(const std::string& video) {
    std::vector<std::string> ids;
    for (const Json& clip : installation->run_json({"clips", "list", "--json", video}))
      ids.push_back(clip["clip_id"]);
    return ids;
  }

  std::vector<std::string> found(std::vector<std::string> more) {
    more.insert(more.begin(), {"search", "--json"});
    std::vector<std::string> ids;
    for (const Json& hit : installation->run_json(more)) ids.push_back(hit["clip_id"]);
    return ids;
  }

  TemporaryDirectory directory;
  std::unique_ptr<Installation> installation = GetParam() ? Installation::embedded() : Installation::shared();
  std::vector<std::string> originals;
  std::vector<std::string> copies;
};

TEST_P(SearchTest, ACopyIsFoundFirstAndIsADuplicate) {
  for (std::size_t i = 0; i < scenes; ++i) {
    EXPECT_EQ(found({originals[i], "--limit", "1"}), std::vector{copies[i]}) << i;
    EXPECT_EQ(found({copies[i], "--limit", "1"}), std::vector{originals[i]}) << i;
  }
  const Json groups = installation->run_json({"search", "--duplicates", "--json", "--likeness", "0.85"});
  ASSERT_EQ(groups.size(), scenes);
  for (const Json& group : groups) {
    // The larger picture is the one to keep.
    const auto keeper =
        std::find(originals.begin(), originals.end(), group["keeper"]["clip_id"].get<std::string>());
    ASSERT_NE(keeper, originals.end());
    ASSERT_EQ(group["duplicates"].size(), 1U);
    EXPECT_EQ(group["duplicates"][0]["clip_id"],
              copies[static_cast<std::size_t>(keeper - originals.begin())]);
  }
}

TEST_P(SearchTest, AnImageFindsItsClipAndFiltersNarrow) {
  const fs::path image = directory.path() / "still.webp";
  fixtures::run_or_fail({"ffmpeg", "-v", "error", "-ss", "4", "-i",
                         (directory.path() / "original.mp4").string(), "-frames:v", "1", "-vf",
                         "scale=200:-2", image.string()});
  EXPECT_THAT(found({image.string(), "--limit", "2"}),
              testing::UnorderedElementsAre(originals[2], copies[2]));
  const std::string video =
      installation->run_json({"search", "--json", originals[2], "--limit", "1"})[0]["video_id"];
  EXPECT_EQ(found({image.string(), "--video", video, "--limit", "1"}), std::vector{copies[2]});
  EXPECT_THAT(found({image.string(), "--decision", "approved"}), SizeIs(0));
  EXPECT_THAT(found({image.string(), "--min-seconds", "10"}), SizeIs(0));
  EXPECT_THAT(found({image.string(), "--max-seconds", "2", "--limit", "100"}), SizeIs(2 * scenes));
  EXPECT_THAT(found({image.string(), "--before", "2020-01-01"}), SizeIs(0));
  // Pages follow each other.
  const auto all = found({image.string(), "--limit", "100"});
  auto pages = found({image.string(), "--limit", "6"});
  const auto rest = found({image.string(), "--limit", "6", "--offset", "6"});
  pages.insert(pages.end(), rest.begin(), rest.end());
  EXPECT_EQ(pages, all);
}

TEST_P(SearchTest, WhatIsMissingIsMadeFromLooksElseByDecoding) {
  const auto database = installation->connect();
  database->execute("DELETE FROM embeddings");
  EXPECT_EQ(found({originals[1], "--limit", "1"}), std::vector{copies[1]});
  database->execute("DELETE FROM embeddings; DELETE FROM artifacts WHERE kind = 'looks'");
  const auto lost = installation->run({"search", originals[1]});
  EXPECT_EQ(lost.exit_code, 1);
  EXPECT_THAT(lost.err, HasSubstr("heaters embed"));
  const Json made = installation->run_json({"embed", "--json"});
  EXPECT_EQ(made["decoded_videos"], 2);
  EXPECT_EQ(made["clips"], 2 * scenes);
  EXPECT_EQ(found({originals[1], "--limit", "1"}), std::vector{copies[1]});
  EXPECT_EQ(installation->run_json({"embed", "--json"})["decoded_videos"], 0);
}

TEST_P(SearchTest, WhatMakesNoSenseIsRefused) {
  const fs::path text = directory.path() / "text.jpg";
  write_text_file(text, "not a picture");
  EXPECT_EQ(installation->run({"search", text.string()}).exit_code, 2);
  EXPECT_EQ(installation->run({"search", "01m00000000000000000000000"}).exit_code, 1);
  EXPECT_EQ(installation->run({"search"}).exit_code, 2);
  EXPECT_EQ(installation->run({"search", originals[0], "--decision", "perhaps"}).exit_code, 2);
}

INSTANTIATE_TEST_SUITE_P(Installations, SearchTest, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Embedded" : "PostgresAndS3"; });

class LibraryFilesTest : public testing::Test {
 protected:
  std::string ingest(const std::string& name, const std::vector<std::string>& options) {
    Movie movie(320, 192);
    movie.shot(1, 60).shot(2, 50).shot(3, 40);
    movie.write(directory.path() / name, options);
    return installation->run_json({"ingest", "--json", (directory.path() / name).string()})["video_id"];
  }

  TemporaryDirectory directory;
  std::unique_ptr<Installation> installation = Installation::embedded();
};

// NTSC with a timecode track: what editors' programs place clips by.
TEST_F(LibraryFilesTest, EditListsAndExportsKeepTheSourcesTimecode) {
  const std::string id =
      ingest("ntsc.mov", {"-vf", "settb=1/30000,setpts=N*1001", "-fps_mode", "passthrough", "-enc_time_base",
                          "1/30000", "-r", "30000/1001", "-timecode", "01:00:59;20", "-c:v", "libx264"});
  const auto list = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"clips", "list", id});
    return installation->run(more).out;
  };
  const std::string edl = list({"--format", "edl"});
  EXPECT_THAT(edl, HasSubstr("FCM: DROP FRAME"));
  EXPECT_THAT(edl, HasSubstr("002  AX       V     C        01:01:01;22 01:01:03;12 00:00:02;00 00:00:03;20"));
  EXPECT_THAT(list({"--format", "edl", "--non-drop"}), HasSubstr("FCM: NON-DROP FRAME"));
  EXPECT_THAT(list({"--format", "fcpxml"}), HasSubstr("frameDuration=\"1001/30000s\""));
  EXPECT_THAT(list({"--format", "otio"}), HasSubstr("\"OTIO_SCHEMA\": \"Timeline.1\""));
  EXPECT_THAT(list({"--format", "csv"}), HasSubstr("01:01:01;22"));
  EXPECT_THAT(list({"--format", "vtt"}), HasSubstr("00:00:02.002 --> 00:00:03.670"));
  const Json clip = Json::parse(list({"--json"}))[1];
  const Json made =
      installation->run_json({"export", "--json", clip["clip_id"], "-o", directory.path() / "out"});
  EXPECT_THAT(fixtures::run_or_fail({"ffprobe", "-v", "error", "-show_entries", "stream_tags=timecode", "-of",
                                     "csv=p=0", made["file"].get<std::string>()}),
              HasSubstr("01:01:01;22"));
}

TEST_F(LibraryFilesTest, StillsAreTheFramesTheStrategyNames) {
  const std::string id = ingest("movie.mp4", {"-c:v", "libx264", "-crf", "14"});
  const fs::path out = directory.path() / "stills";
  const auto frames = [&](const std::string& strategy, const std::string& format) {
    std::vector<FrameNumber> told;
    const auto result = installation->run({"stills", id, "--all", "--json", "--strategy", strategy,
                                           "--format", format, "-o", (out / (strategy + format)).string()});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) {
      const Json still = Json::parse(line);
      told.push_back(still["frame"]);
      // The number that is burnt into the picture.
      EXPECT_EQ(Movie::read_numbers(still["file"].get<std::string>(), 320, 192),
                std::vector<FrameNumber>{still["frame"]});
    }
    return told;
  };
  EXPECT_THAT(frames("midpoint", "jpeg"), ElementsAre(30, 85, 130));
  EXPECT_THAT(frames("midpoint", "png"), ElementsAre(30, 85, 130));
  EXPECT_THAT(frames("midpoint", "webp"), ElementsAre(30, 85, 130));
  EXPECT_THAT(frames("thirds", "jpeg"), ElementsAre(15, 30, 45, 72, 85, 97, 120, 130, 140));
  EXPECT_THAT(frames("sharpest", "jpeg"), SizeIs(3));
}

TEST_F(LibraryFilesTest, TheSharpestStillIsNoBlurredOne) {
  const fs::path blurred = directory.path() / "blurred.mkv";
  Movie movie(320, 192);
  movie.shot(1, 100);
  // Sharp at frame 60 alone of those that are looked at.
  movie.write(blurred, {"-vf", "gblur=sigma=6:enable='not(between(n,58,62))'", "-c:v", "ffv1"});
  const auto result = installation->run({"stills", blurred.string(), "--json", "--strategy", "sharpest", "-o",
                                         (directory.path() / "out").string()});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Json::parse(result.out)["frame"], 60);
}

TEST_F(LibraryFilesTest, DataSetsAreAsTheirReadersWantThem) {
  const std::string id = ingest("movie.mp4", {"-c:v", "libx264"});
  const fs::path jsonl = directory.path() / "jsonl";
  ASSERT_EQ(installation->run({"export", id, "--all", "--dataset", "jsonl", "-o", jsonl.string()}).exit_code,
            0);
  std::istringstream lines(read_text_file(jsonl / "metadata.jsonl"));
  int samples = 0;
  for (std::string line; std::getline(lines, line); ++samples) {
    const Json sample = Json::parse(line);
    const fs::path file = jsonl / sample["file_name"].get<std::string>();
    EXPECT_EQ(digest_file(file).sha256, sample["sha256"].get<std::string>());
    EXPECT_EQ(static_cast<FrameNumber>(fixtures::frame_times(file).size()),
              sample["frames"].get<FrameNumber>());
  }
  EXPECT_EQ(samples, 3);
  const fs::path tar = directory.path() / "tar";
  ASSERT_EQ(
      installation->run({"export", id, "--all", "--dataset", "webdataset", "-o", tar.string()}).exit_code, 0);
  EXPECT_EQ(fixtures::run_or_fail({"tar", "tf", (tar / "clips-000000.tar").string()}),
            id + "-0-60.mp4\n" + id + "-0-60.json\n" + id + "-60-110.mp4\n" + id + "-60-110.json\n" + id +
                "-110-150.mp4\n" + id + "-110-150.json\n");
  EXPECT_EQ(installation->run({"export", id, "--all", "--dataset", "jsonl"}).exit_code, 2);
}

}  // namespace
}  // namespace heaters

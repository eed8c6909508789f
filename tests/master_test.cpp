// Masters: every sample of every frame as the source decodes, by the ffmpeg program's own hashes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/file.h"
#include "fixtures/command.h"
#include "fixtures/installation.h"
#include "fixtures/movie.h"
#include "media/clip_export.h"
#include "media/demuxer.h"
#include "media/media_pass.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
using fixtures::Movie;
using media::ExportFormat;
using media::ExportPreset;
using testing::HasSubstr;
using testing::SizeIs;

constexpr int master_width = 320;
constexpr int master_height = 192;

struct MasterKind {
  std::string name;
  std::string file;
  std::vector<std::string> options;  // of ffmpeg
  bool fits_h264 = true;
};

void PrintTo(const MasterKind& kind, std::ostream* out) {
  *out << kind.name;
}

std::vector<std::string> h264_of(const std::string& format) {
  return {"-c:v", "libx264", "-pix_fmt", format, "-x264-params", "keyint=24:bframes=3:open-gop=1"};
}

const std::vector<MasterKind> master_kinds = {
    {"EightBit420", "a.mp4", h264_of("yuv420p")},
    {"TenBit420", "a.mp4", h264_of("yuv420p10le")},
    {"EightBit422", "a.mkv", h264_of("yuv422p")},
    {"TenBit422", "a.mov", {"-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"}},
    {"EightBit444", "a.mkv", h264_of("yuv444p")},
    {"FullRange", "a.mp4", h264_of("yuvj420p")},
    {"TwelveBit420",
     "a.mp4",
     {"-c:v", "libx265", "-pix_fmt", "yuv420p12le", "-x265-params", "log-level=error"},
     false},
    {"OddSides",
     "a.webm",
     {"-vf", "format=yuv444p,pad=321:193,format=yuv420p", "-c:v", "libvpx-vp9", "-deadline", "realtime",
      "-cpu-used", "8"},
     false},
    {"Rgb", "a.mkv", {"-c:v", "ffv1", "-pix_fmt", "bgr0"}, false},
    {"RgbOf16Bits", "a.mkv", {"-c:v", "ffv1", "-pix_fmt", "rgb48le"}, false},
    {"TenBitGray", "a.mkv", {"-c:v", "ffv1", "-pix_fmt", "gray10le"}, false},
    {"VariableRate",
     "a.mkv",
     {"-vf", "setpts=(N+0.3*mod(N\\,3))/24/TB", "-fps_mode", "passthrough", "-c:v", "libx264", "-pix_fmt",
      "yuv420p"}},
};

media::FrameTable master_table(const fs::path& path) {
  media::Demuxer demuxer(path);
  media::FrameTableSink sink(demuxer.info().video.time_base);
  media::run_media_pass(demuxer, {.frames = {&sink}, .audio = {}, .packets = {}}, {}, {});
  return sink.table();
}

// A hash of the samples of each frame.
std::vector<std::string> frame_hashes(const fs::path& path) {
  const std::string text =
      fixtures::run_or_fail({"ffmpeg", "-v", "error", "-i", path.string(), "-map", "0:v:0", "-fps_mode",
                             "passthrough", "-f", "framemd5", "-"});
  std::vector<std::string> hashes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) hashes.push_back(line.substr(line.rfind(' ') + 1));
  }
  return hashes;
}

std::string sound_hash(const fs::path& path, const std::string& format) {
  return fixtures::run_or_fail(
      {"ffmpeg", "-v", "error", "-i", path.string(), "-map", "0:a:0", "-c:a", format, "-f", "md5", "-"});
}

class MasterTest : public testing::TestWithParam<MasterKind> {
 protected:
  void SetUp() override {
    Movie movie(master_width, master_height);
    movie.shot(1, 30).shot(2, 30);
    movie.write(source, GetParam().options);
  }

  media::ExportedClip make(const ExportFormat& format, FrameSpan span) {
    return media::export_clips(source, master_table(source), {{span, master}}, format, {}, {}).front();
  }

  TemporaryDirectory directory;
  const fs::path source = directory.path() / GetParam().file;
  const fs::path master = directory.path() / "master.mkv";
};

TEST_P(MasterTest, DecodesToTheSourcesOwnSamples) {
  const auto expected = frame_hashes(source);
  ASSERT_THAT(expected, SizeIs(60));
  std::vector<ExportFormat> formats = {ExportPreset::Ffv1,
                                       {ExportPreset::Ffv1, {.ffv1_level = 4}},
                                       {ExportPreset::Ffv1, {.has_slice_crc = false}}};
  if (GetParam().fits_h264) formats.emplace_back(ExportPreset::H264Lossless);
  for (const ExportFormat& format : formats) {
    const auto made = make(format, {0, 60});
    ASSERT_FALSE(made.error) << made.error->what();
    EXPECT_EQ(made.proof.equal_frames, 60);
    EXPECT_EQ(frame_hashes(master), expected) << to_string(format.preset) << " " << settings_text(format);
  }
}

TEST_P(MasterTest, OfAClipHasItsFrames) {
  const auto all = frame_hashes(source);
  const auto made = make(ExportPreset::Ffv1, {17, 40});
  ASSERT_FALSE(made.error) << made.error->what();
  EXPECT_EQ(frame_hashes(master), std::vector<std::string>(all.begin() + 17, all.begin() + 40));
}

TEST_P(MasterTest, IsRefusedWhereTheCodecCannotHoldThePicture) {
  if (GetParam().fits_h264) return;
  const auto made = make(ExportPreset::H264Lossless, {0, 60});
  ASSERT_TRUE(made.error);
  EXPECT_THAT(made.error->what(), HasSubstr("ffv1 may"));
  EXPECT_FALSE(fs::exists(master));
}

INSTANTIATE_TEST_SUITE_P(Sources, MasterTest, testing::ValuesIn(master_kinds),
                         [](const testing::TestParamInfo<MasterKind>& kind) { return kind.param.name; });

TEST(MasterSound, IsTheSourcesOwnToTheBit) {
  const TemporaryDirectory directory;
  for (const auto& [codec, format] :
       {std::pair{"pcm_s16le", "pcm_s16le"}, std::pair{"pcm_s24le", "pcm_s24le"}}) {
    const fs::path source = directory.path() / "a.mov";
    Movie movie(master_width, master_height);
    movie.shot(1, 48);
    movie.write(source, {"-f", "lavfi", "-i", "anoisesrc=c=pink:seed=7:r=48000:d=2", "-c:a", codec, "-c:v",
                         "libx264"});
    for (const bool has_pcm : {false, true}) {
      const fs::path master = directory.path() / "b.mkv";
      const auto made = media::export_clips(source, master_table(source), {{{0, 48}, master}},
                                            {ExportPreset::Ffv1, {.has_pcm_sound = has_pcm}}, {}, {});
      ASSERT_FALSE(made[0].error) << made[0].error->what();
      EXPECT_EQ(sound_hash(master, format), sound_hash(source, format)) << codec << has_pcm;
    }
  }
}

TEST(MasterSettingsText, IsTheSameForTheSameOnly) {
  const ExportFormat format(ExportPreset::Ffv1, {.ffv1_level = 4, .has_slice_crc = false});
  EXPECT_EQ(settings_text(format), "level=4,slicecrc=0,sound=flac");
  EXPECT_EQ(media::parse_export_format("ffv1", settings_text(format))->master, format.master);
  EXPECT_FALSE(media::parse_export_format("ffv1", "level=5"));
  EXPECT_EQ(settings_text(ExportPreset::Web), "");
  EXPECT_TRUE(media::parse_export_format("web", ""));
}

class MasterCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    Movie movie(master_width, master_height);
    movie.shot(1, 60).shot(2, 40);
    movie.write(directory.path() / "movie.mp4", {"-c:v", "libx264"});
    video = installation->run_json({"ingest", "--json", (directory.path() / "movie.mp4").string()});
    id = video["video_id"];
  }

  TemporaryDirectory directory;
  std::unique_ptr<fixtures::Installation> installation = fixtures::Installation::embedded();
  Json video;
  std::string id;
};

TEST_F(MasterCommandTest, TellsTheSizeBeforeAndProvesAfter) {
  const Json estimate = installation->run_json({"master", id, "--estimate", "--json"});
  const auto made = installation->run({"master", id, "--json", "--storage-class", "STANDARD"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("about"));
  const Json master = Json::parse(made.out);
  EXPECT_EQ(master["end_frame"], 100);
  EXPECT_EQ(master["settings"], "level=3,slicecrc=1,sound=flac");
  EXPECT_EQ(master["report"]["proof"]["equal_frames"], 100);
  const double ratio = estimate["estimated_bytes"].get<double>() / master["bytes"].get<double>();
  EXPECT_GT(ratio, 0.7);
  EXPECT_LT(ratio, 1.4);
  const Json shown = installation->run_json({"videos", "show", "--json", id});
  EXPECT_THAT(shown["artifacts"].dump(), HasSubstr("master"));
  EXPECT_EQ(installation->run({"master", id, "--verify"}).exit_code, 0);
  // Nothing to restore in a folder.
  EXPECT_EQ(installation->run_json({"master", id, "--restore", "--json"})["restore"], "ready");
}

TEST_F(MasterCommandTest, KindsStandBesideEachOther) {
  const Json clips = Json::parse(installation->run({"clips", "list", id, "--json"}).out);
  const std::string clip = clips[1]["clip_id"];
  const Json three = installation->run_json({"master", clip, "--json"});
  const Json four =
      installation->run_json({"master", clip, "--json", "--ffv1-level", "4", "--slicecrc", "0"});
  const Json h264 = installation->run_json({"master", clip, "--json", "--codec", "h264-lossless"});
  EXPECT_EQ(three["begin_frame"], 60);
  EXPECT_NE(three["key"], four["key"]);
  EXPECT_NE(three["key"], h264["key"]);
  EXPECT_EQ(installation->run_json({"master", clip, "--json"})["export_id"], three["export_id"]);
}

TEST_F(MasterCommandTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(installation->run({"master", id, "--storage-class", "FROZEN"}).exit_code, 2);
  EXPECT_EQ(installation->run({"master", id, "--ffv1-level", "2"}).exit_code, 2);
  EXPECT_EQ(installation->run({"master", id, "--verify"}).exit_code, 1);
  EXPECT_EQ(installation->run({"master", id, "--restore"}).exit_code, 1);
}

}  // namespace
}  // namespace heaters

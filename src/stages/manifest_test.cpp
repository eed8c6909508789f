#include "stages/manifest.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace heaters::stages {
namespace {

class ManifestTest : public testing::Test {
 protected:
  ManifestTest() {
    catalog::Video& video = manifest.ingested.video;
    video.title = "a \"b\".mp4";
    video.audio_codec = "aac";
    video.frame_count = 100;
    video.time_base = {1001, 24000};
    video.duration_seconds = 0.1;
    video.loudness = catalog::VideoLoudness{-23.5, 4, -0.25};
    manifest.ingested.cuts = {{10, "cut", 0.75}, {20, "fade", std::nullopt}};
    manifest.ingested.keyframes = {{0, -5, 48}, {50, 1 << 30, std::nullopt}};
    manifest.files = {{"poster", "poster.jpg"}};
    write_text_file(directory.path() / "poster.jpg", "x");
  }

  TemporaryDirectory directory;
  Manifest manifest{.ingested = {.video = {.id = catalog::VideoId::make()}}};
};

TEST_F(ManifestTest, ComesBackAsItWas) {
  manifest.write(directory.path());
  const auto read = Manifest::read(directory.path());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->ingested.video.id, manifest.ingested.video.id);
  EXPECT_EQ(read->ingested.video.title, manifest.ingested.video.title);
  EXPECT_EQ(read->ingested.video.audio_codec, "aac");
  EXPECT_EQ(read->ingested.video.time_base, manifest.ingested.video.time_base);
  EXPECT_EQ(read->ingested.video.duration_seconds, 0.1);
  EXPECT_EQ(read->ingested.video.loudness->integrated_lufs, -23.5);
  EXPECT_FALSE(read->ingested.video.waveform_start_seconds);
  EXPECT_EQ(read->ingested.cuts, manifest.ingested.cuts);
  EXPECT_EQ(read->ingested.keyframes, manifest.ingested.keyframes);
  EXPECT_EQ(read->files, manifest.files);
}

TEST_F(ManifestTest, WithoutItsFilesOrDamagedItIsNone) {
  EXPECT_FALSE(Manifest::read(directory.path()));
  manifest.write(directory.path());
  std::filesystem::remove(directory.path() / "poster.jpg");
  EXPECT_FALSE(Manifest::read(directory.path()));
  for (const char* text : {"", "[]", "{}", R"({"version": 1})", R"({"version": 1, "video": {"id": 7}})"}) {
    write_text_file(directory.path() / "manifest.json", text);
    EXPECT_FALSE(Manifest::read(directory.path())) << text;
  }
}

}  // namespace
}  // namespace heaters::stages

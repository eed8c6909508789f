// What is no video, and what is a trap: a clear error, the documented exit code, and nothing left behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "fixtures/command.h"
#include "fixtures/movie.h"
#include "fixtures/sample.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;

class BadInputTest : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return directory.path() / name; }

  // Ingests, expects failure with the exit code, expects that neither store nor workspace nor catalog kept
  // anything; returns what was said.
  std::string refused(const fs::path& path, int exit_code = 2) {
    const auto result =
        fixtures::run_command(fixtures::heaters({"ingest", "--home", home.string(), path.string()}));
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(path.filename().string()));
    EXPECT_THAT(result.out, IsEmpty());
    expect_nothing_left();
    // Detection meets the same files.
    EXPECT_EQ(fixtures::run_command(fixtures::heaters({"detect", path.string()})).exit_code, exit_code)
        << path;
    return result.err;
  }

  void expect_nothing_left() {
    EXPECT_THAT(fixtures::files_below(home / "store"), IsEmpty());
    EXPECT_THAT(fixtures::files_below(home / "workspace"), IsEmpty());
    if (!fs::exists(home)) return;
    EXPECT_EQ(fixtures::run_or_fail(fixtures::heaters({"videos", "list", "--json", "--home", home.string()})),
              "[]\n");
  }

  fs::path playable(const std::string& name, const std::vector<std::string>& options = {"-c:v", "libx264"}) {
    fixtures::Movie movie;
    movie.shot(1, 48).shot(2, 48);
    movie.write(file(name), options);
    return file(name);
  }

  TemporaryDirectory directory;
  fs::path home = directory.path() / "home";
};

TEST_F(BadInputTest, Empty) {
  write_text_file(file("empty.mp4"), "");
  EXPECT_THAT(refused(file("empty.mp4")), HasSubstr("empty"));
}

TEST_F(BadInputTest, Absent) {
  EXPECT_THAT(refused(file("absent.mp4")), HasSubstr("No such file"));
}

TEST_F(BadInputTest, Folder) {
  fs::create_directory(file("folder.mp4"));
  EXPECT_THAT(refused(file("folder.mp4")), HasSubstr("not a regular file"));
}

TEST_F(BadInputTest, TextWithAVideosName) {
  write_text_file(file("text.mp4"), "This is a letter to whom it may concern, and no video.\n");
  EXPECT_THAT(refused(file("text.mp4")), HasSubstr("not a video"));
}

TEST_F(BadInputTest, TruncatedWithTheIndexInFront) {
  const auto whole = playable("whole.mp4", {"-c:v", "libx264", "-movflags", "+faststart"});
  const std::string bytes = read_text_file(whole);
  write_text_file(file("cut.mp4"), bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(refused(file("cut.mp4")), HasSubstr("cut short"));
}

TEST_F(BadInputTest, TruncatedWithoutItsIndex) {
  const std::string bytes = read_text_file(playable("whole.mp4"));
  write_text_file(file("cut.mp4"), bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(refused(file("cut.mp4")), HasSubstr("cut short"));
}

TEST_F(BadInputTest, TruncatedMatroskaAviAndFlv) {
  for (const std::string name : {"whole.mkv", "whole.avi", "whole.flv"}) {
    const std::string bytes = read_text_file(playable(name, {"-c:v", name == "whole.flv" ? "flv" : "mpeg4"}));
    const std::string cut = "cut." + name.substr(6);
    write_text_file(file(cut), bytes.substr(0, bytes.size() / 3));
    EXPECT_THAT(refused(file(cut)), HasSubstr("cut short"));
  }
}

TEST_F(BadInputTest, SoundOnly) {
  fixtures::make({"-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac", file("sound.mp4").string()});
  EXPECT_THAT(refused(file("sound.mp4")), HasSubstr("no video stream"));
}

TEST_F(BadInputTest, SoundWithCoverArt) {
  fixtures::make({"-f",
                  "lavfi",
                  "-i",
                  "color=red:s=64x64",
                  "-f",
                  "lavfi",
                  "-i",
                  "sine=d=2",
                  "-map",
                  "0:v",
                  "-map",
                  "1:a",
                  "-frames:v",
                  "1",
                  "-c:v",
                  "mjpeg",
                  "-disposition:v",
                  "attached_pic",
                  "-c:a",
                  "aac",
                  file("song.mp4").string()});
  EXPECT_THAT(refused(file("song.mp4")), HasSubstr("no video stream"));
}

TEST_F(BadInputTest, OneFrame) {
  fixtures::make({"-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "1", "-c:v", "libx264",
                  file("one.mp4").string()});
  EXPECT_THAT(refused(file("one.mp4")), HasSubstr("single frame"));
}

TEST_F(BadInputTest, NoDuration) {
  fixtures::make({"-f", "lavfi", "-i", "testsrc2=s=320x180:d=1", "-vf", "setpts=0", "-fps_mode",
                  "passthrough", "-enc_time_base", "-1", "-c:v", "rawvideo", "-f", "nut",
                  file("still.nut").string()});
  EXPECT_THAT(refused(file("still.nut")), HasSubstr("no duration"));
}

TEST_F(BadInputTest, NoFrames) {
  fixtures::make({"-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "0", "-c:v", "libx264", "-movflags",
                  "+frag_keyframe+empty_moov", file("none.mp4").string()});
  refused(file("none.mp4"));
}

// A header that promises pictures nobody can hold, in a file of a few hundred bytes.
TEST_F(BadInputTest, AbsurdDimensions) {
  std::string bytes = read_text_file(playable("whole.avi", {"-c:v", "mpeg4"}));
  // BITMAPINFOHEADER of the stream format chunk: size, width, height.
  const auto strf = bytes.find("strf") + 8;
  for (std::size_t i = 0; i < 8; ++i) bytes[strf + 4 + i] = static_cast<char>(i % 4 == 3 ? 0 : 0xff);
  write_text_file(file("huge.avi"), bytes);
  EXPECT_THAT(refused(file("huge.avi")), HasSubstr("megapixels"));
}

TEST_F(BadInputTest, PlaylistsAreNotFollowed) {
  playable("secret.ts", {"-c:v", "libx264"});
  write_text_file(file("list.m3u8"),
                  "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nsecret.ts\n#EXT-X-ENDLIST\n");
  EXPECT_THAT(refused(file("list.m3u8")), HasSubstr("not followed"));
  write_text_file(file("list.mp4"), read_text_file(file("list.m3u8")));
  EXPECT_THAT(refused(file("list.mp4")), HasSubstr("not followed"));
  write_text_file(file("concat.mp4"), "ffconcat version 1.0\nfile secret.ts\n");
  EXPECT_THAT(refused(file("concat.mp4")), HasSubstr("not followed"));
}

TEST_F(BadInputTest, DamagedBytesAreBadInputNotAFullDisk) {
  const std::string bytes = read_text_file(playable("whole.mkv", {"-c:v", "libx264"}));
  write_text_file(file("bare.h264"), std::string("\0\0\0\1\x67", 5) + std::string(400, '\x55'));
  refused(file("bare.h264"));
  // Cut inside of the headers, with the size patched away so that it does not count as cut short.
  for (const std::size_t length : {100U, 300U, 500U, 700U}) {
    std::string head = bytes.substr(0, length);
    const auto segment = head.find("\x18\x53\x80\x67");
    ASSERT_NE(segment, std::string::npos);
    for (std::size_t k = 1; k < 8; ++k) head[segment + 4 + k] = '\xff';
    head[segment + 4] = '\x01';
    write_text_file(file("head.mkv"), head);
    refused(file("head.mkv"));
  }
}

TEST_F(BadInputTest, NamedPipesAndDevicesAreRefusedAtOnce) {
  fixtures::run_or_fail({"mkfifo", file("pipe.mp4").string()});
  EXPECT_THAT(refused(file("pipe.mp4")), HasSubstr("not a regular file"));
  EXPECT_THAT(refused("/dev/zero"), HasSubstr("not a regular file"));
}

TEST_F(BadInputTest, OneBadFileDoesNotStopTheOthers) {
  write_text_file(file("text.mp4"), "no video");
  const auto good = playable("good.mp4");
  const auto result = fixtures::run_command(fixtures::heaters(
      {"ingest", "--json", "--home", home.string(), file("text.mp4").string(), good.string()}));
  EXPECT_EQ(result.exit_code, 2);
  std::istringstream lines(result.out);
  std::string first;
  std::string second;
  ASSERT_TRUE(std::getline(lines, first) && std::getline(lines, second));
  EXPECT_EQ(Json::parse(first)["error"]["kind"], "corrupt");
  EXPECT_EQ(Json::parse(second)["source"]["frame_count"], 96);
}

TEST_F(BadInputTest, AnOutputOverTheInputIsRefused) {
  const auto video = playable("good.mp4");
  const FileDigest before = digest_file(video);
  fs::create_symlink(video, file("link.mp4"));
  for (const fs::path& output : {video, file("link.mp4")}) {
    EXPECT_EQ(
        fixtures::run_command(fixtures::heaters({"detect", video.string(), "-o", output.string()})).exit_code,
        2);
  }
  EXPECT_EQ(digest_file(video), before);
}

TEST_F(BadInputTest, UnknownFlagsAndCommandsAreBadInput) {
  EXPECT_EQ(fixtures::run_command(fixtures::heaters({"ingest"})).exit_code, 2);
  EXPECT_EQ(fixtures::run_command(fixtures::heaters({"ingset", "a.mp4"})).exit_code, 2);
  EXPECT_EQ(fixtures::run_command(fixtures::heaters({"detect", "--format", "docx", "a.mp4"})).exit_code, 2);
  EXPECT_EQ(fixtures::run_command(fixtures::heaters({"detect", "--threshold", "nan", "a.mp4"})).exit_code, 2);
  EXPECT_EQ(
      fixtures::run_command(fixtures::heaters({"--config", file("none.toml").string(), "videos", "list"}))
          .exit_code,
      2);
  EXPECT_EQ(fixtures::run_command(fixtures::heaters({"--help"})).exit_code, 0);
}

}  // namespace
}  // namespace heaters

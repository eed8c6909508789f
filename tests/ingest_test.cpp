// The whole chain as a user runs it: a file in, then the rows, the objects and the proxy are looked at from
// outside (ffprobe, the file system).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "base/file.h"
#include "fixtures/command.h"
#include "fixtures/movie.h"
#include "fixtures/process.h"
#include "fixtures/sample.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
using fixtures::frame_times;
using fixtures::ingest;
using fixtures::make;
using fixtures::Movie;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::Pointwise;
using testing::SizeIs;

class IngestTest : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return directory.path() / name; }
  fs::path stored(const Json& json, const std::string& key) const {
    return home / "store" / json[Json::json_pointer(key)].get<std::string>();
  }
  fs::path proxy(const Json& json) const { return stored(json, "/proxy/key"); }

  // A source that must be encoded: what its proxy must be, whatever the source.
  void expect_faithful_encode(const fs::path& source, const Json& json) {
    EXPECT_EQ(json["proxy"]["rung"], "encode");
    EXPECT_EQ(json["decode_passes"], 1);
    const auto expected = frame_times(source);
    EXPECT_EQ(json["source"]["frame_count"].get<std::size_t>(), expected.size());
    EXPECT_THAT(frame_times(proxy(json)), Pointwise(DoubleNear(0.0011), expected)) << source;
    EXPECT_EQ(fixtures::video_field(proxy(json), "codec_name"), "h264");
    EXPECT_EQ(fixtures::video_field(proxy(json), "pix_fmt"), "yuv420p");
    EXPECT_EQ(std::stoi(fixtures::video_field(proxy(json), "width")) % 2, 0);
    EXPECT_EQ(std::stoi(fixtures::video_field(proxy(json), "height")) % 2, 0);
  }

  // Integrated loudness by ffmpeg's own meter, from the summary it logs.
  static double ffmpeg_loudness(const fs::path& path) {
    const auto result = fixtures::run_command(
        {"ffmpeg", "-nostdin", "-i", path.string(), "-map", "0:a:0", "-af", "ebur128", "-f", "null", "-"});
    const auto summary = result.err.rfind("Integrated loudness:");
    EXPECT_NE(summary, std::string::npos);
    return std::stod(result.err.substr(result.err.find("I:", summary) + 2));
  }

  // Mean luma of a video, 0 to 255.
  static double mean_luma(const fs::path& path, const std::string& filter = "null") {
    const std::string grey =
        fixtures::run_or_fail({"ffmpeg", "-v", "error", "-i", path.string(), "-map", "0:v:0", "-vf",
                               filter + ",scale=64:36,format=gray", "-f", "rawvideo", "-"});
    const double sum = std::accumulate(grey.begin(), grey.end(), 0.0, [](double total, char c) {
      return total + static_cast<std::uint8_t>(c);
    });
    return sum / static_cast<double>(grey.size());
  }

  std::string size_of(const fs::path& path) {
    return fixtures::video_field(path, "width") + "x" + fixtures::video_field(path, "height");
  }

  TemporaryDirectory directory;
  fs::path home = directory.path() / "home";
};

TEST_F(IngestTest, ThePlayableSampleIsStoredOnceAndEncodedNever) {
  const fs::path source = fixtures::sample_video();
  const Json json = ingest(source, home);
  EXPECT_EQ(json["proxy"]["rung"], "reuse");
  EXPECT_EQ(json["encoded_streams"], 0);
  EXPECT_EQ(json["decode_passes"], 1);
  EXPECT_EQ(json["source"]["container"], "mp4");
  EXPECT_EQ(json["source"]["video_codec"], "h264");
  EXPECT_EQ(json["source"]["audio_codec"], "aac");
  EXPECT_EQ(json["source"]["width"], 1920);
  EXPECT_EQ(json["source"]["height"], 1080);
  EXPECT_EQ(json["source"]["frame_count"], 720);
  EXPECT_EQ(json["source"]["frame_rate"], 24.0);
  EXPECT_EQ(json["source"]["duration"], 30.0);
  EXPECT_FALSE(json["source"]["variable_frame_rate"].get<bool>());
  EXPECT_LE(json["stored_bytes"].get<double>(), 1.05 * json["source"]["bytes"].get<double>());
  EXPECT_EQ(digest_file(proxy(json)), digest_file(source));
  EXPECT_EQ(json["source"]["sha256"], digest_file(source).sha256);
  EXPECT_NEAR(json["loudness"]["integrated_lufs"].get<double>(), ffmpeg_loudness(source), 0.1);

  // What is stored is what the catalog says is stored, byte for byte, and nothing else.
  std::vector<std::string> keys;
  for (const auto& artifact : json["artifacts"]) {
    keys.push_back(artifact["key"]);
    const FileDigest digest = digest_file(home / "store" / keys.back());
    EXPECT_EQ(artifact["bytes"], digest.bytes);
    EXPECT_EQ(artifact["sha256"], digest.sha256);
  }
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(fixtures::files_below(home / "store"), keys);
  EXPECT_THAT(fixtures::files_below(home / "workspace"), IsEmpty());
}

TEST_F(IngestTest, LoudnessOfTheReferenceSignalIsItsDefinition) {
  // -23 LUFS by definition of EBU R128: a 1 kHz sine at -23 dBFS in both channels (EBU Tech 3341, test 1).
  make({"-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=8", "-f", "lavfi", "-i",
        "aevalsrc=0.0708*sin(2*PI*1000*t)|0.0708*sin(2*PI*1000*t):s=48000:d=8", "-c:v", "libx264", "-c:a",
        "pcm_s16le", file("sine.mov").string()});
  const Json json = ingest(file("sine.mov"), home);
  EXPECT_NEAR(json["loudness"]["integrated_lufs"].get<double>(), -23.0, 0.1);
  EXPECT_NEAR(json["loudness"]["sample_peak_dbfs"].get<double>(), -23.0, 0.1);
}

TEST_F(IngestTest, ClipsPartitionTheVideoAtTheCuts) {
  Movie movie;
  movie.shot(1, 40).shot(2, 30).shot(3, 50);
  movie.write(file("cuts.mp4"), {"-c:v", "libx264"});
  const Json json = ingest(file("cuts.mp4"), home);
  EXPECT_THAT(fixtures::cut_frames(json), ElementsAre(40, 70));
  ASSERT_THAT(json["clips"], SizeIs(3));
  std::int64_t expected_begin = 0;
  for (const auto& clip : json["clips"]) {
    EXPECT_EQ(clip["begin_frame"], expected_begin);
    expected_begin = clip["end_frame"];
  }
  EXPECT_EQ(expected_begin, 120);
  EXPECT_DOUBLE_EQ(json["cuts"][0]["time"].get<double>(), 40 / 24.0);
}

TEST_F(IngestTest, AKnownFileIsRecognisedByItsContent) {
  Movie movie;
  movie.shot(1, 30);
  movie.write(file("a.mp4"), {"-c:v", "libx264"});
  fs::copy_file(file("a.mp4"), file("b.mp4"));
  const Json first = ingest(file("a.mp4"), home);
  const Json second = ingest(file("b.mp4"), home);
  EXPECT_FALSE(first["duplicate"].get<bool>());
  EXPECT_TRUE(second["duplicate"].get<bool>());
  EXPECT_EQ(second["video_id"], first["video_id"]);

  const Json again = ingest(file("b.mp4"), home, {"--again"});
  EXPECT_NE(again["video_id"], first["video_id"]);
  EXPECT_EQ(again["copy_of"], first["video_id"]);
  const Json list = Json::parse(
      fixtures::run_or_fail(fixtures::heaters({"videos", "list", "--json", "--home", home.string()})));
  EXPECT_THAT(list, SizeIs(2));
}

TEST_F(IngestTest, TheSameFileAtTheSameTimeIsOneVideo) {
  make({"-ss", "5", "-t", "3", "-i", fixtures::sample_video().string(), "-c", "copy",
        file("part.mp4").string()});
  const auto command = fixtures::heaters({"ingest", "--home", home.string(), file("part.mp4").string()});
  fixtures::Process processes[] = {fixtures::Process(command), fixtures::Process(command),
                                   fixtures::Process(command)};
  for (fixtures::Process& process : processes) EXPECT_EQ(process.wait(), 0);
  const Json list = Json::parse(
      fixtures::run_or_fail(fixtures::heaters({"videos", "list", "--json", "--home", home.string()})));
  EXPECT_THAT(list, SizeIs(1));
  EXPECT_THAT(fixtures::files_below(home / "workspace"), IsEmpty());
}

TEST_F(IngestTest, ShowSaysWhatIngestSaid) {
  Movie movie;
  movie.shot(1, 30).shot(2, 30);
  movie.write(file("a.mp4"), {"-c:v", "libx264"});
  Json json = ingest(file("a.mp4"), home);
  json.erase("duplicate");
  const std::string id = json["video_id"];
  EXPECT_EQ(Json::parse(fixtures::run_or_fail(
                fixtures::heaters({"videos", "show", id, "--json", "--home", home.string()}))),
            json);
  EXPECT_EQ(Json::parse(fixtures::run_or_fail(
                fixtures::heaters({"clips", "list", id, "--json", "--home", home.string()}))),
            json["clips"]);
  EXPECT_EQ(fixtures::run_command(fixtures::heaters({"videos", "show", "nonsense", "--home", home.string()}))
                .exit_code,
            1);
}

TEST_F(IngestTest, EveryMemberOfTheJsonIsDocumented) {
  make({"-t", "1", "-i", fixtures::sample_video().string(), "-c", "copy", file("a.mp4").string()});
  const std::string document = read_text_file(fs::path(HEATERS_SOURCE_DIR) / "docs" / "json.md");
  const Json flat = ingest(file("a.mp4"), home).flatten();
  EXPECT_GT(flat.size(), 40U);
  for (const auto& [pointer, value] : flat.items()) {
    const std::string member = pointer.substr(pointer.rfind('/') + 1);
    EXPECT_THAT(document, HasSubstr(member)) << pointer;
  }
}

TEST_F(IngestTest, RemuxCopiesThePicturesIntoMp4) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> containers = {
      {"a.mkv", {}}, {"b.ts", {}}, {"c.flv", {}}, {"d.mp4", {"-movflags", "frag_keyframe+empty_moov"}}};
  for (const auto& [name, options] : containers) {
    std::vector<std::string> command = {"-t", "4", "-i", fixtures::sample_video().string(), "-c", "copy"};
    command.insert(command.end(), options.begin(), options.end());
    command.push_back(file(name).string());
    make(command);
    const Json json = ingest(file(name), home);
    EXPECT_EQ(json["proxy"]["rung"], "remux") << name << ": " << json["proxy"]["reason"];
    EXPECT_EQ(json["encoded_streams"], 0);
    EXPECT_EQ(json["decode_passes"], 1);
    EXPECT_THAT(frame_times(proxy(json)), Pointwise(DoubleNear(0.0011), frame_times(file(name)))) << name;
    EXPECT_EQ(fixtures::audio_field(proxy(json), "codec_name"), "aac") << name;
  }
}

// Nothing is shown before the keyframe it follows, and still no player may begin with such a keyframe.
TEST_F(IngestTest, KeyframesThatAreNoIdrPicturesAreEncoded) {
  for (const std::string name : {"a.mp4", "b.ts"}) {
    make({"-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=4", "-c:v", "libx264", "-pix_fmt", "yuv420p",
          "-x264-params", "keyint=25:scenecut=0:bframes=3:b-adapt=0:open-gop=1", file(name).string()});
    const Json json = ingest(file(name), home);
    EXPECT_EQ(json["proxy"]["rung"], "encode") << name;
    EXPECT_THAT(json["proxy"]["reason"].get<std::string>(), HasSubstr("open")) << name;
  }
}

TEST_F(IngestTest, OnlyTheSoundIsEncodedWhenOnlyTheSoundDoesNotFit) {
  make({"-t", "4", "-i", fixtures::sample_video().string(), "-c:v", "copy", "-c:a", "ac3",
        file("a.mkv").string()});
  const Json json = ingest(file("a.mkv"), home);
  EXPECT_EQ(json["proxy"]["rung"], "audio");
  EXPECT_EQ(json["encoded_streams"], 1);
  EXPECT_EQ(fixtures::audio_field(proxy(json), "codec_name"), "aac");
  EXPECT_EQ(fixtures::audio_field(proxy(json), "channels"), "2");
  EXPECT_THAT(frame_times(proxy(json)), Pointwise(DoubleNear(0.0011), frame_times(file("a.mkv"))));
}

struct Variant {
  std::string name;
  std::vector<std::string> options;  // of ffmpeg, from a 2 s part of the sample
};

void PrintTo(const Variant& variant, std::ostream* out) {
  *out << variant.name;
}

class EncodedVariants : public IngestTest, public testing::WithParamInterface<Variant> {};

TEST_P(EncodedVariants, KeepEveryFrameAndItsTime) {
  const fs::path source = file(GetParam().name);
  std::vector<std::string> command = {"-ss", "3", "-t", "2", "-i", fixtures::sample_video().string()};
  command.insert(command.end(), GetParam().options.begin(), GetParam().options.end());
  command.push_back(source.string());
  make(command);
  expect_faithful_encode(source, ingest(source, home));
}

INSTANTIATE_TEST_SUITE_P(
    Sources, EncodedVariants,
    testing::Values(
        Variant{
            "hevc.mkv",
            {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-c:a", "copy"}},
        Variant{"vp9.webm",
                {"-vf", "scale=640:-2", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8",
                 "-c:a", "libopus", "-ac", "2"}},
        Variant{"ten_bit.mkv", {"-pix_fmt", "yuv420p10le", "-c:v", "libx264", "-preset", "ultrafast", "-an"}},
        Variant{"four_two_two.mov", {"-c:v", "prores_ks", "-c:a", "pcm_s16le"}},
        Variant{"portrait.mkv",
                {"-vf", "scale=-2:1920,crop=1080:1920", "-c:v", "libx265", "-preset", "ultrafast",
                 "-x265-params", "log-level=error"}},
        Variant{"ntsc_film.mkv",
                {"-vf", "setpts=N*1001/24000/TB", "-r", "24000/1001", "-c:v", "mpeg4", "-q:v", "4", "-an"}},
        Variant{"interlaced.ts",
                {"-vf", "scale=720:576,fps=50,interlace", "-c:v", "mpeg2video", "-flags", "+ilme+ildct",
                 "-q:v", "4", "-an"}},
        Variant{"odd.mkv", {"-vf", "scale=321:181", "-pix_fmt", "yuv444p", "-c:v", "ffv1", "-an"}},
        Variant{"varying.mkv",
                {"-vf", "setpts='(N+mod(N\\,3)*0.4+floor(N/20)*9)/24/TB'", "-fps_mode", "passthrough", "-c:v",
                 "ffv1", "-an"}},
        Variant{"motion.avi", {"-c:v", "mjpeg", "-q:v", "4", "-c:a", "pcm_s16le", "-ac", "2"}}),
    [](const auto& variant) { return variant.param.name.substr(0, variant.param.name.find('.')); });

TEST_F(IngestTest, FramesWithoutTimesGetThem) {
  Movie movie;
  movie.shot(1, 60);
  // An elementary stream has no times at all; AVI gives them to packets only, in decoding order.
  for (const std::string name : {"bare.h264", "reordered.avi"}) {
    movie.write(file(name), {"-c:v", "libx264", "-bf", "2"});
    const Json json = ingest(file(name), home);
    EXPECT_EQ(json["source"]["frame_count"], 60) << name;
    EXPECT_FALSE(json["source"]["variable_frame_rate"].get<bool>()) << name;
    std::vector<FrameNumber> expected(60);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(Movie::read_numbers(proxy(json), 320, 180), expected) << name;
  }
}

TEST_F(IngestTest, APictureSizeThatChangesOnTheWayIsFollowed) {
  std::string bytes;
  for (const auto& [size, scene] : {std::pair{"320x180", 1}, {"480x270", 2}}) {
    Movie movie;
    movie.shot(scene, 30);
    movie.write(file("part.ts"), {"-s", size, "-c:v", "libx264", "-bf", "0", "-f", "mpegts"});
    bytes += read_text_file(file("part.ts"));
  }
  write_text_file(file("changing.ts"), bytes);
  const Json json = ingest(file("changing.ts"), home);
  EXPECT_EQ(json["proxy"]["rung"], "encode") << json["proxy"]["reason"];
  EXPECT_EQ(json["source"]["frame_count"], 60);
  EXPECT_EQ(frame_times(proxy(json)).size(), 60U);
  EXPECT_EQ(size_of(proxy(json)), "320x180");
  EXPECT_THAT(fixtures::cut_frames(json), ElementsAre(30));
}

TEST_F(IngestTest, EveryEncodedFrameIsThatFrame) {
  Movie movie(320, 240);
  movie.shot(1, 50).shot(2, 45);
  movie.write(file("numbered.mkv"), {"-c:v", "ffv1"});
  const Json json = ingest(file("numbered.mkv"), home);
  expect_faithful_encode(file("numbered.mkv"), json);
  std::vector<FrameNumber> expected(95);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(Movie::read_numbers(proxy(json), 320, 240), expected);
}

TEST_F(IngestTest, AnInterlacedSourceKeepsItsFrameCount) {
  Movie movie(320, 240);
  movie.shot(1, 48);
  movie.write(file("interlaced.ts"), {"-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", "1",
                                      "-field_order", "tt", "-q:v", "2"});
  const Json json = ingest(file("interlaced.ts"), home);
  expect_faithful_encode(file("interlaced.ts"), json);
  std::vector<FrameNumber> expected(48);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(Movie::read_numbers(proxy(json), 320, 240), expected);
}

TEST_F(IngestTest, InterlacedH264IsDeinterlacedNotReused) {
  // Fields of different moments: where something moves, every other line is off.
  make({"-f", "lavfi", "-i", "testsrc2=s=320x240:r=50:d=2", "-vf", "tinterlace=interleave_top,setfield=tff",
        "-c:v", "libx264", "-flags", "+ildct+ilme", "-an", file("interlaced.mp4").string()});
  const Json json = ingest(file("interlaced.mp4"), home);
  expect_faithful_encode(file("interlaced.mp4"), json);
  EXPECT_THAT(json["proxy"]["reason"].get<std::string>(), HasSubstr("interlaced"));
  // What differs between neighbouring lines is mostly combing, and most of that must be gone.
  const std::string lines =
      "format=gray,convolution='0 -1 0 0 2 0 0 -1 0:0 0 0 0 1 0 0 0 0:0 0 0 0 1 0 0 0 0:0 0 0 0 1 0 0 0 0'";
  EXPECT_LT(mean_luma(proxy(json), lines), 0.7 * mean_luma(file("interlaced.mp4"), lines));
}

TEST_F(IngestTest, SoundOfAnyShapeBecomesStereoOrMono) {
  const std::vector<std::pair<std::string, std::string>> forms = {{"mono", "1"}, {"5.1", "2"}, {"7.1", "2"}};
  for (const auto& [layout, channels] : forms) {
    const fs::path source = file("sound" + layout + ".mkv");
    make({"-f", "lavfi", "-i", "testsrc2=s=160x90:d=1", "-f", "lavfi", "-i", "anoisesrc=d=1", "-af",
          "aformat=channel_layouts=" + layout, "-c:v", "mpeg4", "-c:a", "pcm_s16le", source.string()});
    const Json json = ingest(source, home);
    EXPECT_EQ(fixtures::audio_field(proxy(json), "channels"), channels) << layout;
    EXPECT_EQ(json["encoded_streams"], 2);
  }
  // Nine channels have no usual order.
  make({"-f", "lavfi", "-i", "testsrc2=s=160x90:d=1", "-f", "s16le", "-ac", "9", "-ar", "48000", "-t", "1",
        "-i", "/dev/zero", "-c:v", "mpeg4", "-c:a", "pcm_s16le", file("nine.mkv").string()});
  EXPECT_EQ(fixtures::audio_field(proxy(ingest(file("nine.mkv"), home)), "channels"), "2");
}

TEST_F(IngestTest, ProxiesAreUprightAndSquare) {
  const std::string sample = fixtures::sample_video().string();
  make({"-t", "1", "-i", sample, "-vf", "scale=640:360", "-c:v", "mpeg4", "-an", file("plain.mp4").string()});
  make({"-i", file("plain.mp4").string(), "-c", "copy", "-metadata:s:v:0", "rotate=90",
        file("rotated.mp4").string()});
  const Json rotated = ingest(file("rotated.mp4"), home);
  EXPECT_NE(rotated["source"]["rotation"], 0);
  EXPECT_EQ(size_of(proxy(rotated)), "360x640");

  make({"-t", "1", "-i", sample, "-vf", "scale=720:576,setsar=64/45", "-c:v", "mpeg4", "-an",
        file("wide.mkv").string()});
  EXPECT_EQ(size_of(proxy(ingest(file("wide.mkv"), home))), "1024x576");

  make({"-t", "1", "-i", sample, "-vf", "scale=2560:1440", "-c:v", "libx264", "-preset", "ultrafast", "-an",
        file("large.mp4").string()});
  const Json large = ingest(file("large.mp4"), home);
  EXPECT_EQ(large["proxy"]["rung"], "encode");
  EXPECT_EQ(size_of(proxy(large)), "1280x720");
}

TEST_F(IngestTest, HdrIsToneMappedAndTaggedAsWhatItIs) {
  // With every tag, and with the transfer alone, as many files have it.
  const std::vector<std::pair<std::string, std::string>> forms = {
      {"pq.mkv", "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"},
      {"hlg.mkv", "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"},
      {"bare.mkv", "transfer=smpte2084"}};
  for (const auto& [name, tags] : forms) {
    make({"-ss", "4", "-t", "1", "-i", fixtures::sample_video().string(), "-vf", "scale=640:360", "-pix_fmt",
          "yuv420p10le", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error:" + tags,
          "-an", file(name).string()});
    const Json json = ingest(file(name), home);
    expect_faithful_encode(file(name), json);
    EXPECT_EQ(fixtures::video_field(proxy(json), "color_transfer"), "bt709") << name;
    EXPECT_EQ(fixtures::video_field(proxy(json), "color_space"), "bt709") << name;
    EXPECT_EQ(fixtures::video_field(proxy(json), "color_primaries"), "bt709") << name;
    // Not only tagged: the levels have been mapped.
    EXPECT_GT(std::abs(mean_luma(proxy(json)) - mean_luma(file(name))), 10) << name;
  }
}

TEST_F(IngestTest, KeyframesOfProxiesAreAtMostASecondApartEvenWhenTheRateVaries) {
  make({"-t", "6", "-i", fixtures::sample_video().string(), "-vf",
        "scale=320:180,setpts='if(lt(N,60),N*2,120+(N-60)*0.5)/24/TB'", "-fps_mode", "passthrough", "-c:v",
        "ffv1", "-an", file("varying.mkv").string()});
  const Json json = ingest(file("varying.mkv"), home);
  const std::string text =
      fixtures::run_or_fail({"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
                             "packet=pts_time,flags", "-of", "csv=p=0", proxy(json).string()});
  std::vector<double> keyframes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find('K') != std::string::npos) keyframes.push_back(std::stod(line));
  }
  std::vector<double> gaps(keyframes.size());
  std::adjacent_difference(keyframes.begin(), keyframes.end(), gaps.begin());
  ASSERT_GT(gaps.size(), 3U);
  EXPECT_THAT(std::vector<double>(gaps.begin() + 1, gaps.end()), Each(Le(1.001)));
}

TEST_F(IngestTest, ProxiesHaveTheirIndexInFront) {
  Movie movie;
  movie.shot(1, 30);
  movie.write(file("a.mkv"), {"-c:v", "ffv1"});
  const std::string bytes = read_text_file(proxy(ingest(file("a.mkv"), home)));
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
}

TEST_F(IngestTest, ThePosterIsNotBlackWhenAFrameIsNot) {
  Movie movie;
  movie.shot(1, 1).fade_through(16, 1, 0, 60, 0);
  movie.write(file("dark.mp4"), {"-c:v", "libx264", "-crf", "12"});
  const Json json = ingest(file("dark.mp4"), home);
  const std::string key = "videos/" + json["video_id"].get<std::string>() + "/poster.jpg";
  EXPECT_GT(mean_luma(home / "store" / key), 50);
}

TEST_F(IngestTest, TheFilmstripMapPointsAtTilesOfTheSheets) {
  make({"-t", "11.5", "-i", fixtures::sample_video().string(), "-c", "copy", file("a.mp4").string()});
  const Json json = ingest(file("a.mp4"), home);
  const fs::path folder = home / "store" / "videos" / json["video_id"].get<std::string>();
  const Json map = Json::parse(read_text_file(folder / "filmstrip.json"));
  EXPECT_EQ(map["tile_width"], 160);
  EXPECT_EQ(map["tile_height"], 90);
  ASSERT_THAT(map["tiles"], SizeIs(12));
  EXPECT_EQ(map["tiles"][11]["frame"], 264);
  EXPECT_EQ(map["tiles"][11]["x"], 160);
  EXPECT_EQ(map["tiles"][11]["y"], 90);
  EXPECT_EQ(size_of(folder / map["sheets"][0].get<std::string>()), "1600x180");
  EXPECT_THAT(read_text_file(folder / "filmstrip.vtt"),
              HasSubstr("00:00:10.000 --> 00:00:11.000\nfilmstrip-0.jpg#xywh=0,90,160,90"));
}

TEST_F(IngestTest, AHomeOnAnotherFileSystemWorks) {
  Movie movie;
  movie.shot(1, 30);
  movie.write(file("a.mp4"), {"-c:v", "libx264"});
  const TemporaryDirectory other("/dev/shm");
  const Json json = ingest(file("a.mp4"), other.path() / "home");
  EXPECT_EQ(digest_file(other.path() / "home" / "store" / json["proxy"]["key"].get<std::string>()),
            digest_file(file("a.mp4")));
}

TEST_F(IngestTest, EditListsAreFollowed) {
  Movie movie;
  movie.shot(1, 72);
  movie.write(file("whole.mp4"), {"-c:v", "libx264", "-g", "48"});
  // Cut without encoding inside a GOP: the frames before are in the file, and an edit list hides them.
  make({"-ss", "1.5", "-i", file("whole.mp4").string(), "-c", "copy", file("edited.mp4").string()});
  const Json json = ingest(file("edited.mp4"), home);
  EXPECT_EQ(json["source"]["frame_count"].get<std::size_t>(), frame_times(file("edited.mp4")).size());
}

}  // namespace
}  // namespace heaters

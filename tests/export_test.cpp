// Clips cut out of sources of many kinds: exactly the right frames, by the numbers burnt into them and by the
// samples of copied ones, and the sound where it was.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "base/file.h"
#include "base/json.h"
#include "fixtures/command.h"
#include "fixtures/movie.h"
#include "fixtures/sample.h"
#include "media/clip_export.h"
#include "media/demuxer.h"
#include "media/media_pass.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
using fixtures::Movie;
using media::ExportedClip;
using media::ExportPreset;
using media::ExportRung;
using media::FrameTable;
using testing::HasSubstr;
using testing::Not;

constexpr int frame_count = 150;
constexpr int width = 320;
constexpr int height = 192;

// With AddressSanitizer every kind of source takes a minute of processor time for all ranges: there are fewer
// ranges then, and every other kind.
#ifdef HEATERS_SANITIZED
constexpr bool is_slow_build = true;
#else
constexpr bool is_slow_build = false;
#endif

struct SourceKind {
  std::string name;
  std::string file;
  std::vector<std::string> options;  // of ffmpeg
  bool joins = true;                 // encoded frames can follow copied ones
  bool copies = true;                // the file that is made may hold the source's packets
};

// Which browser plays what is made of it. Debian's Chromium has no HEVC and no AC-3.
std::string browser_for(const SourceKind& kind) {
  return kind.name.starts_with("Hevc") ? "firefox" : "chromium";
}

void PrintTo(const SourceKind& kind, std::ostream* out) {
  *out << kind.name;
}

std::vector<std::string> with(std::vector<std::string> options, const std::vector<std::string>& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

// Noise that is louder twice a second: a shift of any size is heard.
const std::vector<std::string> sound = {
    "-f", "lavfi", "-i",
    "anoisesrc=c=pink:seed=7:r=48000:d=6.25,volume=0.3+0.6*lt(mod(t\\,0.5)\\,0.1):eval=frame"};
const std::vector<std::string> aac = with(sound, {"-c:a", "aac", "-b:a", "128k", "-ac", "2", "-shortest"});

std::vector<std::string> x264(const std::string& parameters) {
  return {"-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "fast", "-x264-params", parameters};
}

std::vector<std::string> x265(const std::string& parameters) {
  return {"-c:v",    "libx265",  "-pix_fmt",     "yuv420p",
          "-preset", "veryfast", "-x265-params", "log-level=error:" + parameters};
}

std::vector<SourceKind> h264_kinds() {
  return {
      {"H264ClosedGroups", "a.mp4", with(aac, x264("keyint=24:min-keyint=24:scenecut=0:bframes=3"))},
      {"H264OpenGroups", "a.mp4",
       with(aac, x264("keyint=24:min-keyint=24:scenecut=0:bframes=3:open-gop=1:b-pyramid=normal:ref=4"))},
      {"H264OpenGroupsCavlc", "a.mkv",
       with(aac, x264("keyint=30:min-keyint=30:scenecut=0:bframes=5:open-gop=1:b-pyramid=normal:ref=6:cabac="
                      "0:weightp=2"))},
      {"H264Pyramid", "a.mp4",
       with(aac, x264("keyint=40:min-keyint=40:scenecut=0:bframes=8:b-pyramid=normal:b-adapt=0"))},
      {"H264NoReordering", "a.mp4", with(aac, x264("keyint=12:bframes=0:slices=4"))},
      {"H264LongGroup", "a.mp4", with(aac, x264("keyint=250:scenecut=0:bframes=3"))},
      {"H264TenBit", "a.mp4",
       with(aac, {"-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-x264-params", "keyint=24:scenecut=0"})},
      {"H264TransportStream", "a.ts", with(aac, x264("keyint=24:scenecut=0:bframes=3:open-gop=1"))},
  };
}

std::vector<SourceKind> other_codecs() {
  return {
      {"HevcCleanRandomAccess", "a.mp4",
       with(aac, x265("keyint=24:min-keyint=24:scenecut=0:open-gop=1:bframes=4"))},
      {"HevcIdr", "a.mkv", with(aac, x265("keyint=24:min-keyint=24:scenecut=0:open-gop=0"))},
      {"HevcTenBitStream", "a.ts",
       with(aac, {"-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params",
                  "log-level=error:keyint=24:scenecut=0"})},
      {"Vp9", "a.webm",
       with(with(sound, {"-c:a", "libopus", "-shortest"}),
            {"-c:v", "libvpx-vp9", "-g", "24", "-deadline", "realtime", "-cpu-used", "8"}),
       false},
      {"Mpeg2", "a.ts",
       with(with(sound, {"-c:a", "mp2", "-shortest"}),
            {"-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-q:v", "2"}),
       false},
      {"ProRes", "a.mov", with(with(sound, {"-c:a", "pcm_s24le", "-shortest"}), {"-c:v", "prores_ks"}),
       false},
  };
}

std::vector<SourceKind> kinds_of_sound_and_form() {
  return {
      {"Mono", "a.mp4",
       with(with(sound, {"-c:a", "aac", "-ac", "1", "-shortest"}), x264("keyint=24:scenecut=0"))},
      {"Surround", "a.mp4",
       with(with(sound, {"-c:a", "aac", "-ac", "6", "-shortest"}), x264("keyint=24:scenecut=0"))},
      {"Ac3", "a.mkv",
       with(with(sound, {"-c:a", "ac3", "-ac", "6", "-shortest"}), x264("keyint=24:scenecut=0"))},
      {"Flac", "a.mkv", with(with(sound, {"-c:a", "flac", "-shortest"}), x264("keyint=24:scenecut=0"))},
      {"Silent", "a.mp4", x264("keyint=24:scenecut=0")},
      {"Interlaced", "a.mp4",
       with(aac, with({"-flags", "+ildct+ilme", "-vf", "setfield=tff"},
                      x264("keyint=24:scenecut=0:tff=1:bframes=2")))},
      {"IntraRefresh", "a.mp4", with(aac, x264("keyint=30:intra-refresh=1:bframes=0:scenecut=0")), false},
      {"Fragmented", "a.mp4",
       with(aac, with({"-movflags", "frag_keyframe+empty_moov"}, x264("keyint=24:scenecut=0:bframes=2")))},
      {"LateSound",
       "a.mp4",
       {"-itsoffset", "1.25", "-f", "lavfi", "-i", "anoisesrc=c=pink:seed=7:r=44100:d=5", "-c:a", "aac",
        "-c:v", "libx264", "-x264-params", "keyint=24:scenecut=0"}},
      {"LateVideo", "a.mkv", with(aac, with({"-output_ts_offset", "3.7"}, x264("keyint=24:scenecut=0")))},
      {"FullRange", "a.mp4",
       with(aac, {"-c:v", "libx264", "-pix_fmt", "yuvj420p", "-x264-params",
                  "keyint=24:scenecut=0:colormatrix=bt709"})},
      {"FourTwoTwoTenBit", "a.mov",
       with(with(sound, {"-c:a", "pcm_s16le", "-shortest"}),
            {"-c:v", "libx264", "-pix_fmt", "yuv422p10le", "-x264-params", "keyint=24:scenecut=0"})},
      // Sides and formats that the encoder does not take as they are.
      {"OddSides",
       "a.webm",
       {"-vf", "format=yuv444p,pad=321:193,format=yuv420p", "-c:v", "libvpx-vp9", "-g", "24", "-deadline",
        "realtime", "-cpu-used", "8"},
       false},
      {"FourFourZero",
       "a.webm",
       {"-pix_fmt", "yuv440p", "-c:v", "libvpx-vp9", "-g", "24", "-deadline", "realtime", "-cpu-used", "8"},
       false,
       false},
      {"Gif", "a.gif", {"-loop", "-1"}, false, false},
      {"PureTone", "a.mkv",
       with({"-f", "lavfi", "-i", "sine=f=440:r=44100:d=6.25", "-c:a", "pcm_s16le", "-shortest"},
            x264("keyint=24:scenecut=0"))},
      {"Av1", "a.mp4", with(aac, {"-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-g", "24"}),
       false},
  };
}

std::vector<SourceKind> kinds_of_clocks() {
  return {
      {"VariableRate", "a.mkv",
       with(with(aac, {"-vf", "setpts=(N+0.3*mod(N\\,3))/24/TB", "-fps_mode", "passthrough"}),
            x264("keyint=24:scenecut=0"))},
      {"Rate23976", "a.mp4",
       with(with(aac, {"-vf", "settb=1/24000,setpts=N*1001", "-fps_mode", "passthrough", "-enc_time_base",
                       "1/24000"}),
            x264("keyint=24:scenecut=0"))},
      {"Rate2997", "a.mp4",
       with(with(aac, {"-vf", "settb=1/30000,setpts=N*1001", "-fps_mode", "passthrough", "-enc_time_base",
                       "1/30000"}),
            x264("keyint=30:scenecut=0"))},
      {"Rate5994", "a.mp4",
       with(with(aac, {"-vf", "settb=1/60000,setpts=N*1001", "-fps_mode", "passthrough", "-enc_time_base",
                       "1/60000"}),
            x264("keyint=60:scenecut=0"))},
  };
}

const std::vector<SourceKind>& source_kinds() {
  static const std::vector<SourceKind> kinds = [] {
    std::vector<SourceKind> all = h264_kinds();
    for (const auto& more : {other_codecs(), kinds_of_sound_and_form(), kinds_of_clocks()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    if (!is_slow_build) return all;
    std::vector<SourceKind> every_other;
    for (std::size_t i = 0; i < all.size(); i += 2) every_other.push_back(all[i]);
    return every_other;
  }();
  return kinds;
}

FrameTable table_of(const fs::path& path) {
  media::Demuxer demuxer(path);
  media::FrameTableSink sink(demuxer.info().video.time_base);
  media::run_media_pass(demuxer, {.frames = {&sink}, .audio = {}, .packets = {}}, {}, {});
  return sink.table();
}

class ExportTest : public testing::TestWithParam<SourceKind> {
 protected:
  // Made once for each kind.
  static const fs::path& source(const SourceKind& kind) {
    static const TemporaryDirectory directory;
    static std::map<std::string, fs::path> made;
    fs::path& path = made[kind.name];
    if (path.empty()) {
      fs::create_directory(directory.path() / kind.name);
      path = directory.path() / kind.name / kind.file;
      Movie movie(width, height);
      movie.shot(1, 60).shot(2, 50).shot(3, frame_count - 110);
      movie.write(path, kind.options);
    }
    return path;
  }

  TemporaryDirectory directory;
};

// The frames of a file as the ffmpeg program decodes them: the numbers they carry, and a hash of their
// samples.
struct DecodedFrames {
  std::vector<FrameNumber> numbers;
  std::vector<std::string> hashes;
};

DecodedFrames decode(const fs::path& path) {
  const fs::path list = path.string() + ".framemd5";
  const std::string raw = fixtures::run_or_fail({"ffmpeg",
                                                 "-v",
                                                 "error",
                                                 "-y",
                                                 "-i",
                                                 path.string(),
                                                 "-map",
                                                 "0:v:0",
                                                 "-fps_mode",
                                                 "passthrough",
                                                 "-f",
                                                 "framemd5",
                                                 list.string(),
                                                 "-map",
                                                 "0:v:0",
                                                 "-fps_mode",
                                                 "passthrough",
                                                 "-vf",
                                                 "crop=320:192:0:0",
                                                 "-f",
                                                 "rawvideo",
                                                 "-pix_fmt",
                                                 "gray",
                                                 "-"});
  DecodedFrames frames{.numbers = Movie::numbers_in(raw, width, height), .hashes = {}};
  std::istringstream lines(read_text_file(list));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) frames.hashes.push_back(line.substr(line.rfind(' ') + 1));
  }
  return frames;
}

// Frames as they are numbered, and those that were copied as they were.
void expect_frames(const fs::path& path, FrameSpan span, FrameSpan copied,
                   const std::vector<std::string>& source) {
  std::vector<FrameNumber> expected;
  for (FrameNumber frame = span.begin; frame < span.end; ++frame) expected.push_back(frame);
  const DecodedFrames made = decode(path);
  EXPECT_EQ(made.numbers, expected) << path;
  ASSERT_EQ(static_cast<FrameNumber>(made.hashes.size()), span.length()) << path;
  for (FrameNumber frame = copied.begin; frame < copied.end; ++frame) {
    ASSERT_EQ(made.hashes[static_cast<std::size_t>(frame - span.begin)],
              source[static_cast<std::size_t>(frame)])
        << path << " frame " << frame;
  }
}

// Frames from the clip's begin to the next one's, in seconds, as ffprobe reads them.
void expect_times(const fs::path& path, FrameSpan span, const FrameTable& table) {
  const auto times = fixtures::frame_times(path);
  ASSERT_EQ(static_cast<FrameNumber>(times.size()), span.length()) << path;
  for (FrameNumber frame = span.begin; frame < span.end; ++frame) {
    EXPECT_NEAR(times[static_cast<std::size_t>(frame - span.begin)],
                to_seconds(table[frame].pts - table[span.begin].pts, table.time_base()), 0.0011)
        << path << " frame " << frame;
  }
}

// They play from start to end in a browser, show first frames first, last ones last and no others, and sound
// is heard. Side by side, and fast: every frame has been compared before.
[[maybe_unused]] void expect_plays(const SourceKind& kind, const std::vector<media::ClipRequest>& clips,
                                   bool has_sound) {
  const std::string browser = browser_for(kind);
  Json files = Json::array();
  for (const media::ClipRequest& clip : clips) {
    // Copies that are for no browser.
    const std::string codec = media::Demuxer(clip.path).info().video.codec;
    if (codec == "mpeg2video" || codec == "prores") continue;
    files.push_back({{"name", kind.name + " " + clip.path.filename().string()},
                     {"path", clip.path.string()},
                     {"type", clip.path.extension() == ".webm" ? "video/webm" : "video/mp4"},
                     {"begin", clip.span.begin},
                     {"end", clip.span.end},
                     {"width", width},
                     {"height", height},
                     {"has_sound", has_sound && kind.name != "Ac3" && clip.span.length() > 20}});
  }
  if (files.empty()) {
    ASSERT_EQ(kind.name, "ProRes");
    return;
  }
  const fs::path argument = clips.front().path.parent_path() / "plays.json";
  const bool is_quick = browser == "chromium";
  const Json plays = {{"browser", browser},
                      {"bits", 16},
                      {"rate", is_quick ? 2 : 1},
                      {"at_once", is_quick ? 11 : 6},
                      {"files", files}};
  write_text_file(argument, plays.dump());
  const auto result =
      fixtures::run_command({"node", HEATERS_SOURCE_DIR "/tests/browser/plays.mjs", argument.string()});
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
}

TEST_P(ExportTest, EveryRangeHasExactlyItsFrames) {
  const SourceKind& kind = GetParam();
  const fs::path path = source(kind);
  const FrameTable table = table_of(path);
  ASSERT_EQ(table.size(), frame_count);
  const auto hashes = decode(path).hashes;
  const bool has_sound = media::Demuxer(path).info().audio.has_value();
  std::vector<FrameNumber> keys;
  for (FrameNumber frame = 0; frame < table.size(); ++frame) {
    if (table[frame].is_keyframe) keys.push_back(frame);
  }
  const FrameNumber key = keys.size() > 1 ? keys[1] : 0;
  // Around a keyframe and a single frame; then on the keyframe, in one group, across many, first and last
  // frames.
  std::vector<FrameSpan> spans = {{std::max<FrameNumber>(0, key - 1), key + 26},
                                  {key + 1, key + 40},
                                  {61, 62},
                                  {key, key + 30},
                                  {key + 3, key + 8},
                                  {7, 140},
                                  {0, 1},
                                  {0, 33},
                                  {frame_count - 1, frame_count},
                                  {frame_count - 40, frame_count},
                                  {0, frame_count}};
  if (is_slow_build) spans.resize(3);
  const std::string extension =
      media::export_extension(media::Demuxer(path).info().video.codec, ExportPreset::Source);
  std::vector<media::ClipRequest> requests;
  requests.reserve(spans.size());
  for (const FrameSpan& span : spans) {
    requests.push_back(
        {span, directory.path() / (std::to_string(span.begin) + "-" + std::to_string(span.end) + extension)});
  }
  const auto clips = media::export_clips(path, table, requests, ExportPreset::Source, {}, {});
  ASSERT_EQ(clips.size(), requests.size());
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const ExportedClip& clip = clips[i];
    const FrameSpan span = requests[i].span;
    ASSERT_FALSE(clip.error) << clip.error->what();
    EXPECT_TRUE(clip.proof.holds());
    // What was planned was made: no rung below it was needed.
    if (kind.copies) {
      EXPECT_THAT(clip.reason, Not(HasSubstr("failed"))) << requests[i].path;
    }
    EXPECT_EQ(clip.proof.frames, span.length());
    EXPECT_EQ(clip.proof.equal_frames, clip.copied_frames);
    EXPECT_EQ(clip.copied_frames + clip.encoded_frames, span.length());
    if (clip.encoded_frames > 0) {
      EXPECT_GT(clip.proof.least_psnr.value_or(0), kind.copies ? 40 : 38) << requests[i].path;
    }
    expect_frames(requests[i].path, span, clip.copied, hashes);
    expect_times(requests[i].path, span, table);
    if (has_sound && span.length() > 20) {
      ASSERT_TRUE(clip.proof.sound_offset_seconds) << requests[i].path;
      EXPECT_LT(std::abs(*clip.proof.sound_offset_seconds), 0.0021) << requests[i].path;
    }
  }
  if (kind.joins && keys.size() > 1) {
    EXPECT_EQ(clips[0].rung, ExportRung::Smart);
    EXPECT_GT(clips[0].copied_frames, 15);
  }
  if (!is_slow_build) {
    EXPECT_EQ(clips.back().rung, kind.copies ? ExportRung::Copy : ExportRung::Encode);
  }
#ifdef HEATERS_BROWSERS
  expect_plays(kind, requests, has_sound);
#endif
}

// Sound that ends long before the picture, or is not there at all.
TEST(SoundOfExports, MayEndBeforeTheClip) {
  const TemporaryDirectory directory;
  Movie movie(width, height);
  movie.shot(1, 400);
  movie.write(directory.path() / "a.mp4",
              with({"-f", "lavfi", "-i", "anoisesrc=c=pink:seed=7:r=48000:d=1", "-c:a", "aac"},
                   x264("keyint=24:scenecut=0")));
  const FrameTable table = table_of(directory.path() / "a.mp4");
  std::vector<media::ClipRequest> requests;
  for (const FrameSpan& span :
       {FrameSpan{0, 48}, FrameSpan{10, 60}, FrameSpan{120, 170}, FrameSpan{370, 400}}) {
    requests.push_back({span, directory.path() / (std::to_string(span.begin) + ".mp4")});
  }
  const auto clips =
      media::export_clips(directory.path() / "a.mp4", table, requests, ExportPreset::Source, {}, {});
  for (std::size_t i = 0; i < clips.size(); ++i) {
    ASSERT_FALSE(clips[i].error) << clips[i].error->what();
    EXPECT_THAT(clips[i].reason, Not(HasSubstr("failed")));
    EXPECT_EQ(decode(requests[i].path).numbers.size(), static_cast<std::size_t>(requests[i].span.length()));
    EXPECT_EQ(clips[i].proof.sound_offset_seconds.has_value(), i < 2);
  }
}

TEST(SoundOfExports, IsLeftOutWhereNobodyCanDecodeIt) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "a.mp4";
  Movie movie(width, height);
  movie.shot(1, 60);
  movie.write(path, with(aac, x264("keyint=24:scenecut=0")));
  std::string bytes = read_text_file(path);
  for (const char* box : {"mp4a", "esds"}) {
    const auto tag = bytes.find(box);
    ASSERT_NE(tag, std::string::npos);
    bytes.replace(tag, 4, "zzzz");
  }
  write_text_file(path, bytes);
  const FrameTable table = table_of(path);
  const auto clips =
      media::export_clips(path, table, {{{5, 50}, directory.path() / "b.mp4"}}, ExportPreset::Source, {}, {});
  ASSERT_FALSE(clips[0].error) << clips[0].error->what();
  EXPECT_THAT(clips[0].reason, HasSubstr("is left out"));
  EXPECT_EQ(clips[0].rung, ExportRung::Smart);
  EXPECT_EQ(decode(directory.path() / "b.mp4").numbers.size(), 45U);
}

// Two recordings one after the other in one file: their clocks begin anew.
TEST(JoinedRecordings, AreCutAcrossTheJoint) {
  const TemporaryDirectory directory;
  Movie movie(width, height);
  movie.shot(1, 100);
  movie.write(directory.path() / "a.ts", with(aac, x264("keyint=24:scenecut=0")));
  const std::string one = read_text_file(directory.path() / "a.ts");
  const fs::path path = directory.path() / "two.ts";
  write_text_file(path, one + one);
  const FrameTable table = table_of(path);
  ASSERT_EQ(table.size(), 200);
  const auto clips = media::export_clips(path, table, {{{60, 150}, directory.path() / "b.mp4"}},
                                         ExportPreset::Source, {}, {});
  ASSERT_FALSE(clips[0].error) << clips[0].error->what();
  std::vector<FrameNumber> expected;
  for (FrameNumber frame = 60; frame < 150; ++frame) expected.push_back(frame % 100);
  EXPECT_EQ(decode(directory.path() / "b.mp4").numbers, expected);
  ASSERT_TRUE(clips[0].proof.sound_offset_seconds);
  EXPECT_LT(std::abs(*clips[0].proof.sound_offset_seconds), 0.0021);
}

TEST(ProResExports, KeepTheirKind) {
  for (const auto& [profile, tag] : {std::pair{"lt", "apcs"}, std::pair{"4444", "ap4h"}}) {
    const TemporaryDirectory directory;
    const fs::path path = directory.path() / "a.mov";
    Movie movie(width, height);
    movie.shot(1, 20);
    movie.write(path, {"-c:v", "prores_ks", "-profile:v", profile, "-pix_fmt",
                       std::string(profile) == "lt" ? "yuv422p10le" : "yuv444p10le"});
    const auto clips = media::export_clips(path, table_of(path), {{{3, 9}, directory.path() / "b.mov"}},
                                           ExportPreset::Source, {}, {});
    ASSERT_FALSE(clips[0].error) << clips[0].error->what();
    EXPECT_EQ(clips[0].rung, ExportRung::Copy);
    EXPECT_THAT(fixtures::run_or_fail({"ffprobe", "-v", "error", "-select_streams", "v", "-show_entries",
                                       "stream=codec_tag_string", "-of", "csv=p=0",
                                       (directory.path() / "b.mov").string()}),
                HasSubstr(tag));
  }
}

TEST(ExportedClips, NeedPathsOfTheirOwn) {
  FrameTable table({1, 24});
  for (int i = 0; i < 3; ++i) table.append({.pts = i});
  EXPECT_THROW(media::export_clips("a.mp4", table, {{{0, 1}, "b.mp4"}, {{1, 2}, "b.mp4"}},
                                   ExportPreset::Source, {}, {}),
               Error);
}

INSTANTIATE_TEST_SUITE_P(Sources, ExportTest, testing::ValuesIn(source_kinds()),
                         [](const testing::TestParamInfo<SourceKind>& kind) { return kind.param.name; });

}  // namespace
}  // namespace heaters

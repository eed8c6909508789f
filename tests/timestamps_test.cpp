// Frame tables and proxies of sources whose clocks are not simple, compared with what ffprobe reads.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/file.h"
#include "fixtures/command.h"
#include "fixtures/movie.h"
#include "fixtures/sample.h"
#include "media/frame_table.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
using fixtures::frame_times;
using fixtures::ingest;
using fixtures::make;
using fixtures::Movie;
using media::FrameTable;
using testing::DoubleNear;
using testing::Pointwise;

class TimestampsTest : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return directory.path() / name; }
  fs::path proxy(const Json& json) const { return home / "store" / json["proxy"]["key"].get<std::string>(); }

  FrameTable stored_table(const Json& json) const {
    return FrameTable::decode(
        read_file(home / "store" / "videos" / json["video_id"].get<std::string>() / "frames.hft"));
  }

  // Every row as ffprobe reads it: pts, position, size, keyframe.
  static std::vector<FrameTable::Row> probed_rows(const fs::path& path) {
    std::istringstream lines(fixtures::run_or_fail(
        {"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
         "frame=key_frame,best_effort_timestamp,pkt_pos,pkt_size", "-of", "compact=p=0", path.string()}));
    std::vector<FrameTable::Row> rows;
    for (std::string line; std::getline(lines, line);) {
      FrameTable::Row row;
      std::istringstream fields(line);
      for (std::string field; std::getline(fields, field, '|');) {
        const auto value = field.substr(field.find('=') + 1);
        if (field.starts_with("key_frame=")) row.is_keyframe = value == "1";
        if (field.starts_with("best_effort_timestamp=")) row.pts = std::stoll(value);
        if (field.starts_with("pkt_pos=")) row.offset = value == "N/A" ? -1 : std::stoll(value);
        if (field.starts_with("pkt_size=")) row.bytes = static_cast<std::uint32_t>(std::stoul(value));
      }
      if (line.find("best_effort_timestamp=") != std::string::npos) rows.push_back(row);
    }
    return rows;
  }

  void expect_table_of(const fs::path& path) {
    const Json json = ingest(path, home);
    const FrameTable table = stored_table(json);
    const auto expected = probed_rows(path);
    ASSERT_EQ(table.size(), static_cast<FrameNumber>(expected.size())) << path;
    for (FrameNumber frame = 0; frame < table.size(); ++frame) {
      const FrameTable::Row& row = expected[static_cast<std::size_t>(frame)];
      ASSERT_EQ(table[frame].pts, row.pts) << path << " frame " << frame;
      ASSERT_EQ(table[frame].offset, row.offset) << path << " frame " << frame;
      ASSERT_EQ(table[frame].bytes, row.bytes) << path << " frame " << frame;
      ASSERT_EQ(table[frame].is_keyframe, row.is_keyframe) << path << " frame " << frame;
    }
    EXPECT_EQ(json["source"]["repaired_timestamps"], 0) << path;
    expect_keyframe_rows(json, table);
  }

  // The catalog's rows are the table's keyframes.
  void expect_keyframe_rows(const Json& json, const FrameTable& table) {
    std::string expected;
    for (FrameNumber frame = 0; frame < table.size(); ++frame) {
      if (!table[frame].is_keyframe) continue;
      expected += std::to_string(frame) + "|" + std::to_string(table[frame].pts) + "|" +
                  (table[frame].offset < 0 ? "" : std::to_string(table[frame].offset)) + "\n";
    }
    EXPECT_EQ(
        fixtures::run_or_fail({"sqlite3", (home / "heaters.sqlite").string(),
                               "SELECT frame, pts, byte_offset FROM keyframe_offsets WHERE video_id = '" +
                                   json["video_id"].get<std::string>() + "' ORDER BY frame"}),
        expected);
  }

  TemporaryDirectory directory;
  fs::path home = directory.path() / "home";
};

TEST_F(TimestampsTest, TheFrameTableIsWhatFfprobeReads) {
  Movie movie;
  movie.shot(1, 50).shot(2, 40);
  movie.write(file("reordered.mp4"), {"-c:v", "libx264", "-bf", "3", "-g", "30"});
  expect_table_of(file("reordered.mp4"));
  movie.write(file("reordered.mkv"), {"-c:v", "libx264", "-bf", "3", "-g", "30"});
  expect_table_of(file("reordered.mkv"));
  movie.write(file("stream.ts"), {"-c:v", "libx264", "-bf", "2", "-g", "24"});
  expect_table_of(file("stream.ts"));
  movie.write(file("varying.mkv"),
              {"-vf", "setpts='(N+mod(N\\,4)*0.2)/24/TB'", "-fps_mode", "passthrough", "-c:v", "mpeg4"});
  expect_table_of(file("varying.mkv"));
  make({"-ss", "1.3", "-i", file("reordered.mp4").string(), "-c", "copy", file("edited.mp4").string()});
  expect_table_of(file("edited.mp4"));
}

TEST_F(TimestampsTest, JoinedStreamsGoOnWhereTheOneBeforeEnded) {
  Movie movie;
  movie.shot(1, 48).shot(2, 48);
  movie.write(file("part.ts"), {"-c:v", "libx264", "-bf", "0"});
  const std::string part = read_text_file(file("part.ts"));
  write_text_file(file("joined.ts"), part + part);
  const Json json = ingest(file("joined.ts"), home);
  EXPECT_EQ(json["source"]["frame_count"], 192);
  EXPECT_NEAR(json["source"]["duration"].get<double>(), 8.0, 0.1);
  EXPECT_THAT(fixtures::cut_frames(json), testing::ElementsAre(48, 96, 144));
  const auto times = frame_times(proxy(json));
  ASSERT_EQ(times.size(), 192U);
  EXPECT_NEAR(times.back() - times.front(), 191 / 24.0, 0.1);
}

TEST_F(TimestampsTest, AVideoThatBeginsHoursInIsMovedToZero) {
  Movie movie;
  movie.shot(1, 48);
  movie.write(file("late.ts"), {"-c:v", "libx264", "-output_ts_offset", "90000"});
  const Json json = ingest(file("late.ts"), home);
  const auto source_times = frame_times(file("late.ts"));
  EXPECT_NEAR(json["proxy"]["time_shift"].get<double>(), -source_times.front(), 0.001);
  std::vector<double> expected;
  expected.reserve(source_times.size());
  for (const double time : source_times) expected.push_back(time - source_times.front());
  EXPECT_THAT(frame_times(proxy(json)), Pointwise(DoubleNear(0.0011), expected));
}

TEST_F(TimestampsTest, ALongGapInTheSoundIsNotFilledInMemory) {
  // Two hours between two seconds of sound.
  make({"-f", "lavfi", "-i", "testsrc2=s=160x90:r=1:d=7204", "-f", "lavfi", "-i", "sine=d=4", "-af",
        "asetpts='PTS+if(gte(T,2),7200/TB,0)'", "-c:v", "mpeg4", "-c:a", "flac", file("gap.mkv").string()});
  const Json json = ingest(file("gap.mkv"), home);
  // The sound after the gap is where it belongs.
  std::istringstream times(
      fixtures::run_or_fail({"ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries",
                             "packet=pts_time", "-of", "csv=p=0", proxy(json).string()}));
  std::vector<double> packets;
  for (std::string line; std::getline(times, line);) {
    if (!line.empty()) packets.push_back(std::stod(line));
  }
  EXPECT_LT(packets.size(), 400U);
  EXPECT_NEAR(packets.back(), 7204, 0.2);
}

}  // namespace
}  // namespace heaters

#include "exchange/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "base/error.h"
#include "base/file.h"

namespace heaters::exchange {
namespace {

using testing::ElementsAre;

// What the tar program says, which is not ours.
std::string tar(const std::string& arguments) {
  std::FILE* const pipe = popen(("tar " + arguments).c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), count);
  }
  EXPECT_EQ(pclose(pipe), 0) << arguments;
  return output;
}

TEST(TarShards, HoldTheSamplesInOrderAndEndBeforeTheyAreTooLarge) {
  const TemporaryDirectory directory;
  write_text_file(directory.path() / "a.mp4", std::string(100'000, 'x'));
  const auto out = directory.path() / "out";
  std::filesystem::create_directory(out);
  TarShards shards(out, "clips", 250'000, 100);
  for (const char* key : {"one", "two", "three"}) {
    shards.add(key, {{"mp4", directory.path() / "a.mp4", {}}, {"json", {}, "{\"key\":1}"}});
  }
  EXPECT_THAT(shards.finish(), ElementsAre(out / "clips-000000.tar", out / "clips-000001.tar"));
  const std::string first = (out / "clips-000000.tar").string();
  const std::string second = (out / "clips-000001.tar").string();
  EXPECT_EQ(tar("tf " + first), "one.mp4\none.json\ntwo.mp4\ntwo.json\n");
  EXPECT_EQ(tar("tf " + second), "three.mp4\nthree.json\n");
  EXPECT_EQ(tar("xOf " + second + " three.json"), "{\"key\":1}");
  EXPECT_EQ(tar("xOf " + first + " two.mp4"), std::string(100'000, 'x'));
}

TEST(TarShards, LeaveNothingWhenTheyAreNotFinished) {
  const TemporaryDirectory directory;
  {
    TarShards shards(directory.path(), "clips", 1000, 100);
    shards.add("one", {{"txt", {}, "1"}});
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(TarShards, SayWhereTheyCannotBeWritten) {
  const TemporaryDirectory directory;
  TarShards shards(directory.path() / "missing", "clips", 1000, 100);
  EXPECT_THROW(shards.add("one", {{"txt", {}, "1"}}), Error);
}

TEST(JsonLines, AreOneFlatObjectEach) {
  Timeline timeline{
      .title = "t", .media = {{.title = "a.mp4", .url = "/a.mp4", .frame_rate = {24, 1}}}, .entries = {}};
  TimelineEntry entry{.span = {24, 48}, .begin_seconds = 1, .end_seconds = 2, .name = "n"};
  entry.facts["file_name"] = "a-24-48.mp4";
  timeline.entries = {entry, entry};
  const std::string lines = to_jsonl(timeline);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  const Json first = Json::parse(lines.substr(0, lines.find('\n')));
  EXPECT_EQ(first["file_name"], "a-24-48.mp4");
  EXPECT_EQ(first["frames"], 24);
  EXPECT_EQ(first["duration"], 1.0);
}

}  // namespace
}  // namespace heaters::exchange

// `heaters export` as a user meets it: clips of a library and frames of a file, bad input, a full disk, a
// kill.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>
#include <thread>

#include "base/file.h"
#include "fixtures/installation.h"
#include "fixtures/movie.h"
#include "fixtures/sample.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
using fixtures::Installation;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<FrameNumber> numbers_between(FrameNumber begin, FrameNumber end) {
  std::vector<FrameNumber> numbers;
  for (FrameNumber frame = begin; frame < end; ++frame) numbers.push_back(frame);
  return numbers;
}

std::vector<Json> json_lines(const std::string& text) {
  std::vector<Json> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) all.push_back(Json::parse(line));
  return all;
}

class ExportCommandTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    fixtures::Movie movie;
    movie.shot(1, 60).shot(2, 50).shot(3, 40);
    movie.write(source, {"-f", "lavfi", "-i", "anoisesrc=c=pink:r=48000:d=6.25", "-c:a", "aac", "-shortest",
                         "-c:v", "libx264", "-x264-params", "keyint=24:scenecut=0:bframes=2"});
    std::vector<std::string> arguments = {"ingest", "--json", source.string()};
    if (!installation->is_embedded()) arguments.emplace_back("--work");
    video = installation->run_json(arguments);
    id = video["video_id"];
  }

  fixtures::CommandResult run_export(std::vector<std::string> more) {
    more.insert(more.begin(), {"export", "--json"});
    if (!installation->is_embedded()) more.emplace_back("--work");
    return installation->run(more);
  }

  std::vector<Json> exported(const std::vector<std::string>& more) {
    const auto result = run_export(more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return json_lines(result.out);
  }

  static void expect_numbers(const fs::path& path, FrameNumber begin, FrameNumber end) {
    EXPECT_EQ(fixtures::Movie::read_numbers(path, 320, 180), numbers_between(begin, end)) << path;
  }

  std::unique_ptr<Installation> installation = GetParam() ? Installation::shared() : Installation::embedded();
  fs::path source = installation->folder() / "numbered.mp4";
  fs::path out = installation->folder() / "out";
  Json video;
  std::string id;
};

TEST_P(ExportCommandTest, ManyClipsOfAVideoAreOneJobAndEachHasItsFrames) {
  const auto all =
      exported({id, "--frames", "30:90", "--frames", "24:73", "--frames", "149:150", "-o", out.string()});
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0]["report"]["rung"], "smart");
  EXPECT_EQ(all[0]["report"]["proof"]["holds"], true);
  for (const Json& each : all) {
    EXPECT_EQ(each["state"], "ready");
    EXPECT_EQ(each["report"]["proof"]["frames"],
              each["end_frame"].get<int>() - each["begin_frame"].get<int>());
    expect_numbers(each["file"].get<std::string>(), each["begin_frame"], each["end_frame"]);
  }
  EXPECT_EQ(installation->ask("SELECT count(*) FROM oban_jobs WHERE queue = 'heaters_export'"), "1");
  // The same again is there already.
  EXPECT_EQ(exported({id, "--frames", "30:90"})[0]["export_id"], all[0]["export_id"]);
  EXPECT_EQ(installation->ask("SELECT count(*) FROM oban_jobs WHERE queue = 'heaters_export'"), "1");
  const auto verified = installation->run({"export", id, "--verify", "--frames", "30:90"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("holds"));
}

TEST_P(ExportCommandTest, ClipsAreExportedByTheirIdsAndGroupsAsOne) {
  const Json& clips = video["clips"];
  ASSERT_THAT(clips, SizeIs(3));
  EXPECT_EQ(run_export({id}).exit_code, 1) << "none is approved";
  const auto one = exported({clips[1]["clip_id"].get<std::string>(), "-o", out.string()});
  ASSERT_THAT(one, SizeIs(1));
  expect_numbers(one[0]["file"].get<std::string>(), clips[1]["begin_frame"], clips[1]["end_frame"]);
  installation->connect()->execute("UPDATE cuts SET decision = 'approved' WHERE frame > 0");
  installation->connect()->execute("UPDATE cuts SET is_grouped = true WHERE frame = 110");
  EXPECT_THAT(exported({id}), SizeIs(2));
  const auto joined = exported({id, "--join", "-o", out.string()});
  ASSERT_THAT(joined, SizeIs(1));
  expect_numbers(joined[0]["file"].get<std::string>(), 60, 150);
  EXPECT_THAT(exported({id, "--all", "--preset", "web"}), SizeIs(3));
}

TEST_P(ExportCommandTest, PresetsAreWhatTheySay) {
  const auto web = exported({id, "--frames", "24:60", "--preset", "web", "-o", out.string()});
  expect_numbers(web[0]["file"].get<std::string>(), 24, 60);
  EXPECT_EQ(fixtures::video_field(web[0]["file"].get<std::string>(), "codec_name"), "h264");
  const auto prores = exported({id, "--frames", "24:60", "--preset", "mezzanine", "-o", out.string()});
  const fs::path file = prores[0]["file"].get<std::string>();
  EXPECT_EQ(file.extension(), ".mov");
  EXPECT_EQ(fixtures::video_field(file, "codec_name"), "prores");
  EXPECT_EQ(fixtures::audio_field(file, "codec_name"), "pcm_s16le");
  expect_numbers(file, 24, 60);
}

TEST_P(ExportCommandTest, AnExportThatWasChangedDoesNotVerify) {
  const auto all = exported({id, "--frames", "30:90"});
  installation->connect()->execute("UPDATE artifacts SET sha256 = '" + std::string(64, '0') +
                                   "' WHERE kind = 'export'");
  const auto verified = installation->run({"export", id, "--verify", "--frames", "30:90"});
  EXPECT_EQ(verified.exit_code, 2) << verified.out;
  EXPECT_THAT(verified.err, HasSubstr(all[0]["key"].get<std::string>()));
}

INSTANTIATE_TEST_SUITE_P(Places, ExportCommandTest, testing::Bool(),
                         [](const auto& place) { return place.param ? "PostgresAndS3" : "Embedded"; });

// What goes wrong with files of this machine.
class BadExportTest : public ExportCommandTest {
 protected:
  fs::path store() const { return installation->home() / "store"; }
  fs::path stored_source() const { return store() / ("videos/" + id + "/source.mp4"); }
  std::vector<std::string> exports() const {
    auto files = fixtures::files_below(store());
    std::erase_if(files, [](const std::string& each) { return each.find("export-") == std::string::npos; });
    return files;
  }
  void expect_nothing_made() const {
    EXPECT_THAT(exports(), IsEmpty());
    EXPECT_THAT(fixtures::files_below(installation->home() / "workspace" / "videos"), IsEmpty());
    EXPECT_EQ(installation->ask("SELECT count(*) FROM artifacts WHERE kind = 'export'"), "0");
    EXPECT_FALSE(fs::exists(out) && !fs::is_empty(out));
  }
};

TEST_P(BadExportTest, ASourceThatIsGoneIsSaidAndMakesNothingUntilItIsBack) {
  fs::rename(stored_source(), source.string() + ".away");
  const auto result = run_export({id, "--frames", "30:90", "-o", out.string()});
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, HasSubstr("source.mp4"));
  EXPECT_EQ(json_lines(result.out)[0]["state"], "failed");
  expect_nothing_made();
  fs::rename(source.string() + ".away", stored_source());
  EXPECT_EQ(exported({id, "--frames", "30:90"})[0]["state"], "ready");
}

TEST_P(BadExportTest, ASourceThatWasChangedOrCutShortMakesNothing) {
  std::string bytes = read_text_file(stored_source());
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_text_file(stored_source(), bytes);
  auto result = run_export({id, "--frames", "30:90", "-o", out.string()});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_THAT(result.err, HasSubstr("not those that were stored"));
  expect_nothing_made();
  fs::resize_file(stored_source(), bytes.size() / 2);
  result = run_export({id, "--frames", "30:90", "-o", out.string()});
  EXPECT_EQ(result.exit_code, 2) << result.err;
  expect_nothing_made();
}

TEST_P(BadExportTest, ARangeOutsideTheVideoIsRefused) {
  for (const char* span : {"0:151", "150:151", "9:9", "20:10"}) {
    const auto result = run_export({id, "--frames", span, "-o", out.string()});
    EXPECT_EQ(result.exit_code, 2) << span << result.err;
    EXPECT_EQ(installation->run({"export", source.string(), "--frames", span, "-o", out.string()}).exit_code,
              2);
  }
  EXPECT_EQ(installation->ask("SELECT count(*) FROM exports"), "0");
  expect_nothing_made();
}

TEST_P(BadExportTest, AFullDiskIsExitCode75AndLeavesNothing) {
  // A limit on the size of files stands in for the disk.
  const auto limited = [&](long kib, const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"bash", "-c", "ulimit -f " + std::to_string(kib) + "; exec \"$@\"",
                                        "bash"};
    const auto program = fixtures::heaters(arguments);
    command.insert(command.end(), program.begin(), program.end());
    return fixtures::run_command(command);
  };
  const auto bytes = static_cast<long>(fs::file_size(source));
  const auto of_file =
      limited(bytes / 1024 / 4, {"export", source.string(), "--frames", "0:150", "-o", out.string()});
  EXPECT_EQ(of_file.exit_code, 75) << of_file.err;
  expect_nothing_made();
  const std::string home = installation->home().string();
  const auto of_video = limited(bytes / 1024 / 4, {"export", "--home", home, id, "--frames", "0:150"});
  EXPECT_EQ(of_video.exit_code, 75) << of_video.err;
  expect_nothing_made();
  EXPECT_EQ(exported({id, "--frames", "0:150"})[0]["state"], "ready");
}

TEST_P(BadExportTest, ManyClipsNeedFewOpenFiles) {
  std::vector<std::string> command = {"bash", "-c", "ulimit -n 90; exec \"$@\"", "bash"};
  std::vector<std::string> arguments = {"export", source.string(), "--json", "-o", out.string()};
  for (int begin = 0; begin < 110; ++begin) {
    arguments.insert(arguments.end(), {"--frames", std::to_string(begin) + ":" + std::to_string(begin + 1)});
  }
  const auto program = fixtures::heaters(arguments);
  command.insert(command.end(), program.begin(), program.end());
  const auto result = fixtures::run_command(command);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(fixtures::files_below(out), SizeIs(110));
  // No rung was lost for want of a file.
  EXPECT_THAT(result.out, Not(HasSubstr("failed")));
  expect_numbers(out / "numbered-74-75.mp4", 74, 75);
}

TEST_P(BadExportTest, AKillInTheMiddleIsMadeGoodByTheNextRun) {
  for (const int milliseconds : {100, 300, 600}) {
    const auto running = installation->start({"export", id, "--frames", "1:150", "--preset", "prores"});
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    running->signal(SIGKILL);
    running->wait();
  }
  const auto all = exported({id, "--frames", "1:150", "--preset", "prores", "-o", out.string()});
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0]["state"], "ready");
  expect_numbers(all[0]["file"].get<std::string>(), 1, 150);
  EXPECT_THAT(exports(), SizeIs(1));
  EXPECT_THAT(fixtures::files_below(installation->home() / "workspace" / "videos"), IsEmpty());
}

// Packets of one part have the times that frames of another part were given when their clock was repaired.
TEST_P(BadExportTest, FramesOfJoinedPartsAreTheRightOnes) {
  const fs::path parts = installation->folder() / "part%d.ts";
  fixtures::make(
      {"-i", source.string(), "-c", "copy", "-f", "segment", "-segment_frames", "48,96", parts.string()});
  std::string joined;
  for (const char* part : {"part0.ts", "part1.ts", "part1.ts", "part2.ts"}) {
    joined += read_text_file(installation->folder() / part);
  }
  write_text_file(installation->folder() / "joined.ts", joined);
  const auto result = installation->run({"export", (installation->folder() / "joined.ts").string(),
                                         "--frames", "100:130", "--frames", "150:170", "-o", out.string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_numbers(out / "joined-100-130.mp4", 52, 82);
  expect_numbers(out / "joined-150-170.mp4", 102, 122);
  EXPECT_EQ(fixtures::audio_field(out / "joined-150-170.mp4", "codec_name"), "aac");
}

TEST_P(BadExportTest, PacketsWithoutTimesAreCounted) {
  const fs::path file = installation->folder() / "timeless.avi";
  fixtures::make({"-i", source.string(), "-c", "copy", file.string()});
  const auto result = installation->run({"export", file.string(), "--frames", "30:60", "-o", out.string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_numbers(out / "timeless-30-60.mp4", 30, 60);
}

TEST_P(BadExportTest, WhatIsThereIsNotReplacedUnlessAsked) {
  const std::vector<std::string> command = {"export", source.string(), "--frames", "24:48",
                                            "-o",     out.string()};
  EXPECT_EQ(installation->run(command).exit_code, 0);
  const fs::path made = out / "numbered-24-48.mp4";
  expect_numbers(made, 24, 48);
  write_text_file(made, "mine");
  EXPECT_EQ(installation->run(command).exit_code, 1);
  EXPECT_EQ(read_text_file(made), "mine");
  auto replacing = command;
  replacing.emplace_back("--overwrite");
  EXPECT_EQ(installation->run(replacing).exit_code, 0);
  expect_numbers(made, 24, 48);
  EXPECT_THAT(fixtures::files_below(out), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Embedded, BadExportTest, testing::Values(false));

}  // namespace
}  // namespace heaters

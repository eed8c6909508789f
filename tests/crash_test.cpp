// Ingest that is killed, interrupted or runs out of disk: no row, no file stays, and running it again
// completes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "base/file.h"
#include "fixtures/command.h"
#include "fixtures/movie.h"
#include "fixtures/process.h"
#include "fixtures/sample.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class CrashTest : public testing::Test {
 protected:
  void SetUp() override {
    fixtures::Movie movie;
    for (int scene = 1; scene <= 6; ++scene) movie.shot(scene, 60);
    movie.write(source, {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"});
  }

  std::vector<std::string> ingest_command() const {
    return fixtures::heaters({"ingest", "--home", home.string(), source.string()});
  }

  Json videos() {
    return Json::parse(
        fixtures::run_or_fail(fixtures::heaters({"videos", "list", "--json", "--home", home.string()})));
  }

  // Exactly the files that the catalog's one video names are there.
  void expect_whole_and_nothing_else() {
    const Json json = fixtures::ingest(source, home);
    std::vector<std::string> keys;
    for (const auto& artifact : json["artifacts"]) keys.push_back(artifact["key"]);
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(fixtures::files_below(home / "store"), keys);
    for (const auto& artifact : json["artifacts"]) {
      EXPECT_EQ(artifact["sha256"], digest_file(home / "store" / artifact["key"].get<std::string>()).sha256);
    }
    EXPECT_EQ(json["clips"].size(), 6U);
    EXPECT_THAT(videos(), SizeIs(1));
  }

  TemporaryDirectory directory;
  fs::path source = directory.path() / "source.mkv";
  fs::path home = directory.path() / "home";
};

TEST_F(CrashTest, KilledAtAnyMomentARerunCompletesAndLeavesNoOrphan) {
  const auto started = std::chrono::steady_clock::now();
  fixtures::ingest(source, directory.path() / "timing");
  const auto whole = std::chrono::steady_clock::now() - started;
  constexpr int rounds = 24;
  int killed = 0;
  for (int round = 0; round < rounds; ++round) {
    fs::remove_all(home);
    fixtures::Process ingest(ingest_command());
    // From the beginning to a little past the end, evenly.
    std::this_thread::sleep_for(whole * round / (rounds - 2));
    ingest.signal(SIGKILL);
    if (ingest.wait() != 0) ++killed;
    expect_whole_and_nothing_else();
    if (HasFailure()) FAIL() << "killed in round " << round << " of " << rounds;
  }
  EXPECT_GT(killed, rounds / 2);
}

TEST_F(CrashTest, InterruptedItCleansUpAndSaysSo) {
  fixtures::Process ingest(ingest_command());
  // Wait until it works on the video.
  for (int i = 0; i < 400 && fixtures::files_below(home / "workspace" / "videos").empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ingest.signal(SIGTERM);
  EXPECT_EQ(ingest.wait(), 130);
  EXPECT_THAT(fixtures::files_below(home / "store"), IsEmpty());
  EXPECT_THAT(fixtures::files_below(home / "workspace" / "videos"), IsEmpty());
  EXPECT_THAT(videos(), IsEmpty());
}

TEST_F(CrashTest, AFullDiskIsExitCode75AndLeavesNothing) {
  // A limit on the size of files stands in for the disk: writing beyond it fails as writing to a full disk
  // does, at every place where a larger file is written.
  fixtures::make({"-f", "lavfi", "-i", "testsrc2=s=640x360:d=4,noise=alls=60:allf=t", "-c:v", "mpeg4", "-q:v",
                  "2", source.string()});
  const auto bytes = static_cast<long>(fs::file_size(source));
  // In turn: the source does not fit, the proxy does not fit, the database does not fit.
  for (const long limit_kib : {bytes / 1024 - 100, 400L, 40L}) {
    const std::string script = "ulimit -f " + std::to_string(limit_kib) + "; exec \"$@\"";
    std::vector<std::string> command = {"bash", "-c", script, "bash"};
    const auto ingest = ingest_command();
    command.insert(command.end(), ingest.begin(), ingest.end());
    const auto result = fixtures::run_command(command);
    EXPECT_EQ(result.exit_code, 75) << result.err;
    // SQLite does not always tell why.
    EXPECT_THAT(result.err, testing::AnyOf(HasSubstr("File too large"), HasSubstr("disk I/O error")));
    EXPECT_THAT(fixtures::files_below(home / "store"), IsEmpty());
    EXPECT_THAT(fixtures::files_below(home / "workspace"), IsEmpty());
  }
  const Json json = fixtures::ingest(source, home);
  EXPECT_EQ(json["artifacts"].size(), fixtures::files_below(home / "store").size());
}

#ifdef __x86_64__  // elsewhere the program does not start without them (media/lazy_library.h)
TEST_F(CrashTest, ALibraryThatCannotBeLoadedIsSaidAndNothingIsLeft) {
  const fs::path libraries = directory.path() / "libraries";
  for (const std::string name : {"libavfilter.so.8", "libavformat.so.59"}) {
    fs::create_directories(libraries);
    write_text_file(libraries / name, "no library");
    std::vector<std::string> command = {"env", "LD_LIBRARY_PATH=" + libraries.string()};
    const auto ingest = ingest_command();
    command.insert(command.end(), ingest.begin(), ingest.end());
    const auto result = fixtures::run_command(command);
    EXPECT_EQ(result.exit_code, 75) << name;
    EXPECT_THAT(result.err, testing::AllOf(HasSubstr("load " + name), HasSubstr("file too short")));
    EXPECT_THAT(fixtures::files_below(home / "store"), IsEmpty());
    EXPECT_THAT(fixtures::files_below(home / "workspace"), IsEmpty());
    fs::remove_all(libraries);
  }
  expect_whole_and_nothing_else();
}
#endif

}  // namespace
}  // namespace heaters

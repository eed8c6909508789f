#include "elastic/process_backend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "base/error.h"

namespace heaters::elastic {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

ProcessBackend::Options shell(const std::string& script) {
  return {
      .command =
          [script](const std::string& id) { return std::vector<std::string>{"/bin/sh", "-c", script, id}; },
      .most_bytes = 0,
      .grace = 5s};
}

Instance ended(ProcessBackend& backend) {
  for (int i = 0; i < 1000; ++i) {
    for (const Instance& worker : backend.look())
      if (worker.has_ended) return worker;
    std::this_thread::sleep_for(10ms);
  }
  return {"none", "none", true, "none"};
}

pid_t process_at(const std::optional<std::string>& place) {
  return std::stoi(place->substr(place->rfind(':') + 1));
}

TEST(ProcessBackend, TellsHowWorkersEnded) {
  ProcessBackend well(shell("exit 0"));
  well.start("a");
  EXPECT_EQ(ended(well).cause, "ended");
  ProcessBackend badly(shell("exit 70"));
  badly.start("b");
  EXPECT_EQ(ended(badly).cause, "ended with exit code 70");
  ProcessBackend crashing(shell("kill -SEGV $$"));
  crashing.start("c");
  const Instance crashed = ended(crashing);
  EXPECT_EQ(crashed.id, "c");
  EXPECT_THAT(crashed.cause, HasSubstr("signal 11"));
  EXPECT_THAT(crashing.look(), IsEmpty());
}

TEST(ProcessBackend, KnowsWhoIsThere) {
  ProcessBackend backend(shell("exec sleep 60"));
  const auto place = backend.start("a");
  backend.start("b");
  EXPECT_THAT(backend.look(), ElementsAre(AllOf(Field(&Instance::id, "a"), Field(&Instance::place, *place)),
                                          Field(&Instance::id, "b")));
}

TEST(ProcessBackend, RemovesAWorkerThatHeedsNothing) {
  ProcessBackend backend(shell("trap '' TERM; while true; do sleep 1; done"));
  const pid_t process = process_at(backend.start("a"));
  backend.remove({"a", "", false, ""});
  backend.remove({"nobody", "", false, ""});
  EXPECT_THAT(ended(backend).cause, HasSubstr("did not stop in time"));
  EXPECT_NE(::kill(process, 0), 0);
}

TEST(ProcessBackend, KillsAWorkerThatTakesTooMuchMemory) {
  auto options =
      shell("exec /usr/bin/python3 -c \"x = bytearray(200_000_000); import time; time.sleep(60)\"");
  options.most_bytes = 100'000'000;
  ProcessBackend backend(options);
  backend.start("a");
  EXPECT_EQ(ended(backend).cause, "killed: it took more than 100 MB of memory");
}

TEST(ProcessBackend, ChildrenEndWithIt) {
  pid_t process = 0;
  {
    ProcessBackend backend(shell("exec sleep 60"));
    process = process_at(backend.start("a"));
    EXPECT_EQ(::kill(process, 0), 0);
  }
  EXPECT_NE(::kill(process, 0), 0);
}

TEST(ProcessBackend, AProgramThatIsNotThereEndsAtOnce) {
  ProcessBackend::Options options = shell("");
  options.command = [](const std::string&) { return std::vector<std::string>{"/nowhere/heaters"}; };
  ProcessBackend backend(options);
  backend.start("a");
  EXPECT_EQ(ended(backend).cause, "ended with exit code 127");
}

}  // namespace
}  // namespace heaters::elastic

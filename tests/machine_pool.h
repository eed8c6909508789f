#pragma once

// What tests of pools share whose workers run elsewhere.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "fixtures/command.h"
#include "fixtures/installation.h"
#include "fixtures/machine_api.h"
#include "fixtures/process.h"

namespace heaters {

inline Json fault(const std::string& action, int status, const Json& body = {{"error", "injected"}}) {
  return {{"action", action}, {"status", status}, {"body", body}};
}

// Answered so, and done all the same.
inline Json lost(const std::string& action, int status) {
  Json made = fault(action, status);
  made["happens"] = true;
  return made;
}

class MachinePoolTest : public testing::Test {
 protected:
  static constexpr const char* alive = "SELECT count(*) FROM pool_workers WHERE ended_at IS NULL";
  static constexpr const char* running = "SELECT count(*) FROM pool_workers WHERE state = 'running'";

  // Of a pool "pool"; what is particular to its backend follows.
  static std::string settings() {
    return "[jobs]\nbeat_seconds = 0.3\nnode_timeout_seconds = 6\nshutdown_grace_seconds = 1\n[pools.pool]\n"
           "queues = \"acquire=2,ingest=1,publish=2\"\nidle_exit_seconds = 1\nboot_timeout_seconds = "
           "12\nprogram = \"" +
           fixtures::heaters({}).front() + "\"\n";
  }

  void submit(int count) {
    std::vector<std::string> command = {"ingest"};
    for (const auto& file : fixtures::small_videos(installation->folder() / "videos", count))
      command.push_back(file.string());
    ASSERT_EQ(installation->run(command).exit_code, 0) << installation->log();
  }

  void expect_all_ready(const std::string& videos) {
    ASSERT_EQ(installation->await(fixtures::unfinished_submissions, "0", 120), "0")
        << installation->log() << api().log() << api().state().dump(1);
    EXPECT_EQ(installation->ask("SELECT count(*) FROM videos"), videos);
  }

  void set_min(int workers) {
    ASSERT_EQ(installation->run({"pools", "set", "pool", "--min", std::to_string(workers)}).exit_code, 0);
  }

  // Until so many are left by the API's account, and none runs.
  Json await_left(const char* what, std::size_t count) {
    Json state;
    for (int i = 0; i < 300; ++i) {
      state = api().state();
      if (state[what].size() == count && state["running"] == 0 && installation->ask(alive) == "0") break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(state["running"], 0);
    return state;
  }

  virtual fixtures::MachineApi& api() = 0;

  std::unique_ptr<fixtures::Installation> installation = fixtures::Installation::shared();
};

}  // namespace heaters

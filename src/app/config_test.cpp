#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/error.h"
#include "base/file.h"

namespace heaters::app {
namespace {

using testing::HasSubstr;

std::string refusal(const std::string& toml) {
  Config config;
  try {
    apply_toml(config, toml, "heaters.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
    return error.what();
  }
  return "accepted";
}

TEST(Config, ReadsSettings) {
  Config config;
  apply_toml(config,
             "home = '/var/heaters'\n[proxy]\nshort_side = 480\n[shots]\nthreshold = 0.25\nmin_shot = 12\n"
             "[filmstrip]\nseconds_per_tile = 2\n",
             "heaters.toml");
  EXPECT_EQ(config.home, "/var/heaters");
  EXPECT_EQ(config.ingest.proxy_profile.short_side, 480);
  EXPECT_EQ(config.ingest.shots.threshold, 0.25F);
  EXPECT_EQ(config.ingest.shots.min_shot, 12);
  EXPECT_EQ(config.ingest.filmstrip.seconds_per_tile, 2);
}

// What the block of a YAML file below `key: |` holds.
std::string block_of(const std::string& yaml, const std::string& key) {
  std::istringstream lines(yaml);
  std::string block;
  std::size_t indentation = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto begin = line.find_first_not_of(' ');
    if (indentation > 0 && begin != std::string::npos && begin < indentation) break;
    if (indentation > 0) block += (begin == std::string::npos ? "" : line.substr(indentation)) + "\n";
    if (line.ends_with(key + ": |")) indentation = begin + 2;
  }
  return block;
}

TEST(Config, WhatIsShippedIsRead) {
  const std::filesystem::path packaging = std::filesystem::path(HEATERS_SOURCE_DIR) / "packaging";
  Config installed;
  apply_toml(installed, read_text_file(packaging / "systemd/heaters.toml"), "heaters.toml");
  EXPECT_EQ(installed.home, "/var/lib/heaters");
  Config fly;
  apply_toml(fly, read_text_file(packaging / "fly/heaters.toml"), "heaters.toml");
  ASSERT_EQ(fly.pools.size(), 2U);
  EXPECT_TRUE(fly.web.is_cookie_secure);
  EXPECT_GT(fly.pools[0].settings.spend_cap_per_day, 0);
  Config kubernetes;
  apply_toml(kubernetes, block_of(read_text_file(packaging / "kubernetes/heaters.yaml"), "heaters.toml"),
             "heaters.toml");
  ASSERT_EQ(kubernetes.pools.size(), 2U);
  EXPECT_EQ(kubernetes.pools[1].settings.backend, "kubernetes");
}

TEST(Config, WorkersElsewhereGetWhatConcernsThemAndNoSecret) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "heaters.toml";
  write_text_file(
      file,
      "home = '/here'\n[database]\nurl = 'postgres://u:password-of-it@h/d'\n[web]\nport = "
      "81\n[proxy]\nshort_side = 480\n"
      "[acquire]\nworkers = 3\nproxy = 'http://u:password-of-proxy@h'\n[pools.a]\nqueues = 'ingest=1'\n");
  Config server;
  server.file = file;
  const std::string text = settings_for_workers(server);
  EXPECT_EQ(text.find("password"), text.npos);
  Config worker;
  apply_toml(worker, text, "HEATERS_SETTINGS");
  EXPECT_EQ(worker.ingest.proxy_profile.short_side, 480);
  EXPECT_EQ(worker.acquire.workers, 3);
  EXPECT_EQ(worker.web.port, Config().web.port);
  EXPECT_EQ(worker.home, Config().home);
  EXPECT_TRUE(worker.pools.empty());
  EXPECT_EQ(settings_for_workers({}), "");
}

TEST(Config, WhatItDoesNotKnowIsRefusedByNameAndLine) {
  EXPECT_THAT(refusal("[proxy]\nshort_sied = 480\n"),
              HasSubstr("line 2: there is no setting \"proxy.short_sied\""));
  EXPECT_THAT(refusal("[proxy]\nshort_side = '480'\n"), HasSubstr("proxy.short_side must be a whole number"));
  EXPECT_THAT(refusal("[shots]\nthreshold = 1.5\n"),
              HasSubstr("shots.threshold must be a number from 0 to 1"));
  EXPECT_THAT(refusal("[shots]\nthreshold = nan\n"),
              HasSubstr("shots.threshold must be a number from 0 to 1"));
  EXPECT_THAT(refusal("[proxy]\npreset = 'vryfast'\n"), HasSubstr("proxy.preset must be one of ultrafast"));
  EXPECT_THAT(refusal("[shots\n"), HasSubstr("line 1"));
}

TEST(Config, PoolsAreTablesByTheirNames) {
  Config config;
  apply_toml(config,
             "[pools.a]\nqueues = 'acquire=3,ingest'\nmax = 5\nidle_exit_seconds = 0.5\nmost_mib = 512\n"
             "[pools.b-2]\nqueues = 'export=2'\nmin = 1\nmax_concurrency = 4\n",
             "heaters.toml");
  ASSERT_EQ(config.pools.size(), 2U);
  EXPECT_EQ(config.pools[0].settings.name, "a");
  EXPECT_EQ(to_text(config.pools[0].queues), "acquire=3,ingest=1");
  EXPECT_EQ(config.pools[0].settings.max, 5);
  EXPECT_EQ(config.pools[0].idle_exit.count(), 500);
  EXPECT_EQ(config.pools[0].most_bytes, 512U << 20);
  EXPECT_EQ(config.pools[1].settings.min, 1);
  EXPECT_EQ(config.pools[1].settings.max_concurrency, 4);
  EXPECT_THAT(refusal("[pools.a]\nmax = 5\n"), HasSubstr("pools.a.queues must say what its workers do"));
  EXPECT_THAT(refusal("[pools.a]\nqueues = 'ingest'\nmin = 2\n"), HasSubstr("pools.a.min is more than max"));
  EXPECT_THAT(refusal("[pools.a]\nqueues = 'ingest=0'\n"), HasSubstr("pools.a.queues must say"));
  EXPECT_THAT(refusal("[pools.a-]\nqueues = 'ingest'\n"), HasSubstr("hyphens within"));
  EXPECT_THAT(refusal("[pools.A]\nqueues = 'ingest'\n"), HasSubstr("lower case"));
  EXPECT_THAT(refusal("[pools.a]\nqueues = 'ingest'\nmaxx = 2\n"),
              HasSubstr("there is no setting \"pools.*.maxx\""));
  EXPECT_THAT(refusal("[pools.a]\nqueues = 'digest'\n"), HasSubstr("digest"));
  EXPECT_THAT(refusal("pools = 3\n"), HasSubstr("pools must be given as [pools.NAME]"));
}

TEST(Config, EverySettingIsDocumented) {
  const std::string document = read_text_file(HEATERS_SOURCE_DIR "/docs/configuration.md");
  for (const std::string& name : setting_names())
    EXPECT_THAT(document, HasSubstr("| `" + name + "` | ")) << name;
  EXPECT_GT(setting_names().size(), 10U);
}

}  // namespace
}  // namespace heaters::app

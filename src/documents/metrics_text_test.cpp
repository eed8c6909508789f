// What operators are told of a database, on both databases: metrics and the document of the System page.

#include <gmock/gmock.h>

#include <array>
#include <regex>
#include <set>
#include <sstream>

#include "base/file.h"
#include "catalog/catalog.h"
#include "catalog/catalog_test_video.h"
#include "catalog/cost_ledger.h"
#include "documents/metrics_text.h"
#include "documents/system_document.h"
#include "elastic/pools.h"
#include "fixtures/databases.h"
#include "jobs/queue.h"

namespace heaters::documents {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class OperationsTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    fixtures::DatabaseTest::SetUp();
    const auto queue = jobs::make_queue(*database);
    const std::array<jobs::NewJob, 2> some = {{{.queue = "heaters_ingest", .worker = "Heaters.Ingest"},
                                               {.queue = "heaters_ingest", .worker = "Heaters.Ingest"}}};
    queue->insert(some);
    catalog::CostLedger ledger(*database);
    ledger.add({catalog::VideoId::make().text(),
                "ingest",
                "a",
                {.store = {.get_requests = 2, .bytes_received = 1'000'000'000},
                 .cpu_seconds = 3600,
                 .wall_seconds = 2,
                 .queue_seconds = 5,
                 .frames_decoded = 720}});
    ledger.add({catalog::VideoId::make().text(),
                "publish",
                "b",
                {.store = {.put_requests = 1000}, .wall_seconds = 0.2}});
    ledger.add(
        {catalog::VideoId::make().text(), "publish", "b", {.wall_seconds = 20}, catalog::AttemptEnd::Failed});
    const catalog::VideoId id = catalog::record_video(*database, {40});
    catalog::Catalog(*database).add_artifact(id, {"videos/" + id.text() + "/a.mp4", "export", 5'000'000'000,
                                                  std::string(64, 'b'), "test", "GLACIER_IR"});
    elastic::Pools pools(*database);
    pools.lead("in\"gest", "c1", std::chrono::minutes(1));
    pools.report("in\"gest", {.backend = "process",
                              .queues = "ingest=1",
                              .limits = {1, 4},
                              .demand = 7,
                              .target = 3,
                              .spent_today = 0.5,
                              .note = "no room"});
    pools.request("w1", "in\"gest", "process");
  }

  catalog::Prices prices;
};

TEST_P(OperationsTest, MetricsSayWhatTheRowsSay) {
  const std::string text = metrics_text(*database, prices, "1.2.3");
  for (const char* line : {"heaters_build_info{version=\"1.2.3\"} 1\n",
                           "heaters_jobs{queue=\"heaters_ingest\",state=\"available\"} 2\n",
                           "heaters_jobs_waiting_seconds{queue=\"heaters_publish\"} 0\n",
                           "heaters_stage_seconds_bucket{stage=\"publish\",le=\"0.1\"} 0\n",
                           "heaters_stage_seconds_bucket{stage=\"publish\",le=\"0.3\"} 1\n",
                           "heaters_stage_seconds_bucket{stage=\"publish\",le=\"30\"} 2\n",
                           "heaters_stage_seconds_bucket{stage=\"publish\",le=\"+Inf\"} 2\n",
                           "heaters_stage_seconds_sum{stage=\"publish\"} 20.2\n",
                           "heaters_stage_seconds_count{stage=\"publish\"} 2\n",
                           "heaters_stage_failures_total{stage=\"publish\"} 1\n",
                           "heaters_stage_queue_seconds_total{stage=\"ingest\"} 5\n",
                           "heaters_frames_decoded_total{stage=\"ingest\"} 720\n",
                           "heaters_store_requests_total{stage=\"publish\",operation=\"put\"} 1000\n",
                           "heaters_store_bytes_total{stage=\"ingest\",direction=\"received\"} 1000000000\n",
                           "heaters_cost_total{currency=\"USD\",for=\"received\"} 0.09\n",
                           "heaters_cost_total{currency=\"USD\",for=\"cpu\"} 0.02\n",
                           "heaters_stored_bytes{storage_class=\"GLACIER_IR\"} 5000000000\n",
                           "heaters_storage_cost_per_month{currency=\"USD\"} 0.02\n",
                           "heaters_pool_workers{pool=\"in\\\"gest\",state=\"starting\"} 1\n",
                           "heaters_pool_target{pool=\"in\\\"gest\"} 3\n",
                           "heaters_pool_controlled{pool=\"in\\\"gest\"} 1\n",
                           "heaters_pool_in_trouble{pool=\"in\\\"gest\"} 1\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("no room")));
}

// The grammar of the format, and that each metric is told once, with its type before its samples.
TEST_P(OperationsTest, MetricsAreWellFormed) {
  const std::string all =
      metrics_text(*database, prices, "1.2.3") +
      server_metrics_text({.requests = {{"2xx", 7}}, .request_seconds = 0.5, .store = {}});
  const std::regex comment("# (HELP|TYPE) ([a-z_]+) .+");
  const std::regex sample(R"rx(([a-z_]+)(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? (\+Inf|-?[0-9.e+-]+))rx");
  std::istringstream lines(all);
  std::set<std::string> types;
  std::string current;
  int samples = 0;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, comment)) {
      const bool is_new = match[1] != "TYPE" || types.insert(match[2]).second;
      EXPECT_TRUE(is_new) << line;
      current = match[2];
      continue;
    }
    ASSERT_TRUE(std::regex_match(line, match, sample)) << line;
    EXPECT_TRUE(match[1].str().starts_with(current)) << line;
    ++samples;
  }
  EXPECT_GT(samples, 60);
  EXPECT_THAT(all, HasSubstr("heaters_http_requests_total{code=\"2xx\"} 7\n"));
}

std::set<std::string> metrics_in(const std::string& text) {
  static const std::regex name("(heaters|process)_[a-z_]*[a-z]");
  std::set<std::string> names;
  for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it) {
    std::string found = it->str();
    for (const char* suffix : {"_bucket", "_sum", "_count"}) {
      if (found.starts_with("heaters_stage_seconds") && found.ends_with(suffix))
        found.resize(found.size() - std::string(suffix).size());
    }
    names.insert(found);
  }
  return names;
}

TEST_P(OperationsTest, WhatDashboardAndAlertsAskForIsToldAndDescribed) {
  const std::filesystem::path root = HEATERS_SOURCE_DIR;
  std::set<std::string> told;
  std::istringstream lines(metrics_text(*database, prices, "1") + server_metrics_text({}));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) told.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  EXPECT_EQ(told.size(), 29U);
  std::string asked = read_text_file(root / "packaging/prometheus/alerts.yml");
  const Json dashboard = Json::parse(read_text_file(root / "packaging/grafana/heaters.json"));
  for (const Json& panel : dashboard["panels"]) {
    for (const Json& target : panel["targets"]) asked += "\n" + target["expr"].get<std::string>();
  }
  EXPECT_GT(metrics_in(asked).size(), 15U);
  for (const std::string& name : metrics_in(asked)) EXPECT_TRUE(told.contains(name)) << name;
  const std::string described = read_text_file(root / "docs/operations.md");
  for (const std::string& name : told) EXPECT_THAT(described, HasSubstr("`" + name));
}

TEST_P(OperationsTest, TheSystemPageSumsUpDaysAndStages) {
  const Json json = system_json(*database, prices, 7);
  ASSERT_THAT(json["days"], SizeIs(7));
  EXPECT_EQ(json["days"][5]["attempts"], 0);
  EXPECT_EQ(json["days"][5]["bytes_stored"], nullptr);
  const Json& today = json["days"][6];
  EXPECT_EQ(today["videos"], 1);
  EXPECT_EQ(today["attempts"], 3);
  EXPECT_EQ(today["failures"], 1);
  EXPECT_EQ(today["bytes_stored"]["GLACIER_IR"], 5'000'000'000);
  EXPECT_NEAR(today["cost"]["received"].get<double>(), 0.09, 1e-9);
  EXPECT_NEAR(today["cost"]["cpu"].get<double>(), 0.02, 1e-9);
  EXPECT_NEAR(today["cost"]["stored"].get<double>(), 5 * 0.004 / 30.4375, 1e-9);
  ASSERT_THAT(json["stages"], SizeIs(2));
  EXPECT_EQ(json["stages"][0]["stage"], "ingest");
  EXPECT_EQ(json["stages"][0]["mean_queue_seconds"], 5);
  EXPECT_EQ(json["stages"][0]["frames_decoded_per_second"], 360);
  EXPECT_NEAR(json["stages"][1]["mean_seconds"].get<double>(), 10.1, 1e-9);
  ASSERT_THAT(json["pools"], SizeIs(1));
  EXPECT_EQ(json["pools"][0]["note"], "no room");
  EXPECT_THAT(json["pools"][0]["workers"], SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Databases, OperationsTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::documents

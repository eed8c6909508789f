#include "jobs/signal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heaters::jobs {
namespace {

// Messages as a running Oban sends them.
TEST(Signal, ReadsObansMessages) {
  const auto pause = parse_signal(R"({"action":"pause","ident":"any","queue":"*"})", "n");
  ASSERT_TRUE(pause);
  EXPECT_EQ(pause->action, Signal::Action::Pause);
  EXPECT_EQ(pause->queue, "*");
  const auto scale = parse_signal(R"({"action":"scale","ident":"Heaters.n","limit":7,"queue":"q"})", "n");
  ASSERT_TRUE(scale);
  EXPECT_EQ(scale->limit, 7);
  const auto kill = parse_signal(R"({"action":"pkill","job_id":11})", "n");
  ASSERT_TRUE(kill);
  EXPECT_EQ(kill->job_id, 11);
  EXPECT_EQ(parse_insert(R"({"queue":"alpha"})"), "alpha");
}

TEST(Signal, PassesOverWhatIsNotForIt) {
  for (const char* payload :
       {"", "H4sIAAAAAAAAA", "[]", "7", R"({"action":"pause","ident":"Oban.n","queue":"q"})",
        R"({"action":"pause"})", R"({"action":"scale","queue":"q","limit":0})",
        R"({"action":"scale","queue":"q","limit":"7"})", R"({"action":"stop","queue":"q"})",
        R"({"action":"pkill","job_id":"x"})", R"({"action":7,"queue":{}})"}) {
    EXPECT_FALSE(parse_signal(payload, "n")) << payload;
  }
  EXPECT_EQ(parse_insert("x"), "");
}

TEST(Signal, SendsNothingButWhatObanKnows) {
  EXPECT_EQ(insert_payload("q"), R"({"queue":"q"})");
  EXPECT_EQ(pause_payload("q", true), R"({"action":"pause","ident":"any","queue":"q"})");
  EXPECT_EQ(pause_payload("q", false), R"({"action":"resume","ident":"any","queue":"q"})");
  EXPECT_EQ(scale_payload("q", 3), R"({"action":"scale","ident":"any","limit":3,"queue":"q"})");
  EXPECT_EQ(pkill_payload(5), R"({"action":"pkill","job_id":5})");
}

TEST(JobError, IsReadFromBothEngines) {
  const Json object = {{"at", "2026-11-22T17:20:34.617048Z"}, {"attempt", 1}, {"error", "** (Kind) text"}};
  for (const Json& element : {object, Json(object.dump())}) {
    const JobError error = job_error(element);
    EXPECT_EQ(error.at, "2026-11-22T17:20:34.617048Z");
    EXPECT_EQ(error.attempt, 1);
    EXPECT_EQ(error.error, "** (Kind) text");
  }
  EXPECT_EQ(job_error(Json(7)).error, "7");
}

}  // namespace
}  // namespace heaters::jobs

#include "base/log.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "base/redaction.h"
#include "base/trace.h"

namespace heaters {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class LogTest : public testing::Test {
 protected:
  void TearDown() override {
    set_log_format(LogFormat::Text);
    set_log_level(LogLevel::Warning);
  }

  static std::string said(std::initializer_list<LogField> fields) {
    testing::internal::CaptureStderr();
    log(LogLevel::Warning, "thing.happened", fields);
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, ALineIsAnEventAndItsFields) {
  EXPECT_THAT(said({{"id", 7}, {"took", 1.25}, {"name", "a b\"c"}, {"ok", true}, {"none", ""}}),
              EndsWith(" warning thing.happened id=7 took=1.250 name=\"a b\\\"c\" ok=1 none=\"\"\n"));
}

TEST_F(LogTest, AsJsonItIsAnObjectWhateverTheTextsHold) {
  set_log_format(LogFormat::JsonLines);
  const TraceScope trace("4bf92f3577b34da6a3ce929d0e0e4736");
  const std::string line = said({{"id", 7}, {"error", "line\none \"two\" \xff"}});
  const Json json = Json::parse(line);
  EXPECT_EQ(json["level"], "warning");
  EXPECT_EQ(json["event"], "thing.happened");
  EXPECT_EQ(json["id"], 7);
  EXPECT_EQ(json["error"], "line\none \"two\" \xef\xbf\xbd");
  EXPECT_EQ(json["trace"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_TRUE(json["time"].get<std::string>().ends_with("Z"));
}

TEST_F(LogTest, SecretsAreLeftOutInBothFormats) {
  add_secret("hunter2-of-the-log");
  for (const LogFormat format : {LogFormat::Text, LogFormat::JsonLines}) {
    set_log_format(format);
    const std::string line = said({{"error", "token \"hunter2-of-the-log\" refused"}});
    EXPECT_THAT(line, Not(HasSubstr("hunter2")));
    EXPECT_THAT(line, HasSubstr("refused"));
  }
}

TEST_F(LogTest, WhatIsBelowTheLevelIsNotSaid) {
  testing::internal::CaptureStderr();
  log(LogLevel::Info, "thing.happened");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace heaters

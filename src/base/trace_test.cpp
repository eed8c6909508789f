#include "base/trace.h"

#include <gmock/gmock.h>

namespace heaters {
namespace {

const std::string some = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST(Trace, IdsAre32HexadecimalDigitsAndNoTwoAreTheSame) {
  EXPECT_THAT(new_trace_id(), testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(new_trace_id().size(), 32U);
  EXPECT_NE(new_trace_id(), new_trace_id());
}

TEST(Trace, IsOfAThreadForAsLongAsItsScope) {
  EXPECT_EQ(current_trace(), "");
  {
    const TraceScope outer(some);
    EXPECT_EQ(current_trace(), some);
    EXPECT_EQ(current_or_new_trace(), some);
    {
      const TraceScope inner("no id");
      EXPECT_NE(current_trace(), some);
      EXPECT_EQ(current_trace().size(), 32U);
    }
    EXPECT_EQ(current_trace(), some);
  }
  EXPECT_EQ(current_trace(), "");
}

TEST(Trace, IsReadFromATraceparentHeader) {
  EXPECT_EQ(trace_of_traceparent("00-" + some + "-00f067aa0ba902b7-01"), some);
  EXPECT_EQ(trace_of_traceparent("00-" + std::string(32, '0') + "-00f067aa0ba902b7-01"), std::nullopt);
  EXPECT_EQ(trace_of_traceparent("ff-" + some + "-00f067aa0ba902b7-01"), std::nullopt);
  EXPECT_EQ(trace_of_traceparent("00-" + some + "-00f0"), std::nullopt);
  EXPECT_EQ(trace_of_traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), std::nullopt);
  EXPECT_EQ(trace_of_traceparent(""), std::nullopt);
}

}  // namespace
}  // namespace heaters

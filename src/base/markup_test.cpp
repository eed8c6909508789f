#include "base/markup.h"

#include <gtest/gtest.h>

namespace heaters {
namespace {

TEST(Markup, LeavesNothingThatMeansMore) {
  EXPECT_EQ(escaped_markup("a <b> & \"c\" --> d"), "a &lt;b&gt; &amp; &quot;c&quot; --&gt; d");
  EXPECT_EQ(escaped_markup(""), "");
}

}  // namespace
}  // namespace heaters

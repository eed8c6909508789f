#include "app/command_tree.h"

#include <gmock/gmock.h>

#include <map>

namespace heaters::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class CommandTreeTest : public testing::Test {
 protected:
  CommandTreeTest() {
    app.add_flag("-v,--verbose", is_verbose, "Say more");
    CLI::App* take = app.add_subcommand("take", "Takes - and keeps");
    take->add_option("FILE", files, "What to take")->required();
    take->add_option("--speed", text, ".5 is \\half");
    take->add_option("--secret", text, "Hidden")->group("");
    CLI::App* pools = app.add_subcommand("pools", "Pools");
    pools->add_subcommand("list", "All of them")->add_flag("--json", is_verbose, "As JSON");
    app.add_subcommand("inner", "Hidden")->group("");
  }

  CLI::App app{"About", "heaters"};
  bool is_verbose = false;
  std::vector<std::string> files;
  std::string text;
};

TEST_F(CommandTreeTest, EachCommandHasAManualPage) {
  std::map<std::string, std::string> pages;
  for (const auto& [name, page] : manual_pages(app, "1.2")) pages[name] = page;
  ASSERT_EQ(pages.size(), 3U);
  EXPECT_THAT(pages["heaters.1"], HasSubstr(".BR heaters\\-take (1)\nTakes \\- and keeps\n"));
  EXPECT_THAT(pages["heaters.1"], Not(HasSubstr("inner")));
  EXPECT_THAT(pages["heaters-take.1"], HasSubstr(".I FILE...\n"));
  EXPECT_THAT(pages["heaters-take.1"], HasSubstr(".B \\-\\-speed TEXT\n\\&.5 is \\ehalf\n"));
  EXPECT_THAT(pages["heaters-take.1"], HasSubstr(".B \\-v, \\-\\-verbose\n"));
  EXPECT_THAT(pages["heaters-take.1"], Not(HasSubstr("secret")));
  EXPECT_THAT(pages["heaters-pools.1"], HasSubstr(".SH heaters pools list\nAll of them\n"));
}

TEST_F(CommandTreeTest, BashIsToldOfCommandsAndOptions) {
  const std::string script = bash_completion(app);
  EXPECT_THAT(script, HasSubstr("\"heaters\") words=\"take pools\" ;;"));
  EXPECT_THAT(script, HasSubstr("\"heaters pools list\") words=\"--help --verbose --json\" ;;"));
  EXPECT_THAT(script, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace heaters::app

#include "storage/workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/id.h"

namespace heaters::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> reaped(Workspace& workspace) {
  std::vector<std::string> ids;
  workspace.reap([&](const std::string& id) { ids.push_back(id); });
  return ids;
}

TEST(Workspace, FolderGoesWithItsContent) {
  TemporaryDirectory directory;
  Workspace workspace(directory.path());
  std::filesystem::path path;
  {
    const WorkspaceFolder folder = workspace.open(new_ulid());
    path = folder.path();
    write_text_file(path / "a", "x");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Workspace, ReapsWhatNobodyHoldsAndNothingElse) {
  TemporaryDirectory directory;
  Workspace workspace(directory.path());
  const WorkspaceFolder held = workspace.open(new_ulid());
  const std::string dead = new_ulid();
  std::filesystem::create_directories(directory.path() / "videos" / dead / "sub");

  EXPECT_THAT(reaped(workspace), ElementsAre(dead));
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "videos" / dead));
  EXPECT_TRUE(std::filesystem::exists(held.path()));
  EXPECT_THAT(reaped(workspace), IsEmpty());
}

}  // namespace
}  // namespace heaters::storage

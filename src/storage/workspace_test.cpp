#include "storage/workspace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "base/id.h"
#include "storage/local_store.h"

namespace heaters::storage {
namespace {

namespace fs = std::filesystem;

// A store whose files others than it cannot see, as in a bucket; counts how often it is asked.
class DistantStore : public LocalStore {
 public:
  using LocalStore::LocalStore;
  std::optional<fs::path> local_path(const std::string&) const override { return std::nullopt; }
  void get(const std::string& key, const fs::path& file) override {
    ++gets;
    LocalStore::get(key, file);
  }
  int gets = 0;
};

class WorkspaceTest : public testing::Test {
 protected:
  FileDigest put(const std::string& key, std::size_t bytes) {
    write_text_file(directory.path() / "in", std::string(bytes, 'x'));
    return store.put(key, directory.path() / "in");
  }
  fs::path fetch(Workspace& from, const std::string& key, const FileDigest& digest) {
    auto folder = from.try_open(new_ulid());
    const fs::path path = from.fetch(store, key, digest, *folder);
    EXPECT_EQ(digest_file(path), digest);
    folder->discard();
    // Their times must differ.
    std::this_thread::sleep_for(std::chrono::milliseconds(15));
    return path;
  }

  TemporaryDirectory directory;
  DistantStore store{directory.path() / "store"};
  Workspace workspace{directory.path() / "workspace", 10'000};
};

TEST_F(WorkspaceTest, AFolderIsHandedOnUntilItIsDiscarded) {
  const std::string id = new_ulid();
  fs::path path;
  {
    const auto folder = workspace.try_open(id);
    path = folder->path();
    write_text_file(path / "a", "x");
    EXPECT_FALSE(workspace.try_open(id));
  }
  auto again = workspace.try_open(id);
  ASSERT_TRUE(again);
  EXPECT_EQ(read_text_file(again->path() / "a"), "x");
  again->discard();
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(WorkspaceTest, ReapsWhatNobodyHoldsAndNobodyWants) {
  const std::string held = new_ulid();
  const std::string wanted = new_ulid();
  const std::string dead = new_ulid();
  const auto folder = workspace.try_open(held);
  workspace.try_open(wanted);
  workspace.try_open(dead);
  EXPECT_EQ(workspace.reap([&](const std::string& id) { return id == wanted; }), 1);
  EXPECT_TRUE(workspace.try_open(wanted));
  EXPECT_FALSE(fs::exists(directory.path() / "workspace/videos" / dead));
  EXPECT_TRUE(fs::exists(directory.path() / "workspace/videos" / held));
}

TEST_F(WorkspaceTest, WhatWasFetchedIsFetchedOnce) {
  const FileDigest digest = put("videos/a/source.mp4", 1000);
  fetch(workspace, "videos/a/source.mp4", digest);
  fetch(workspace, "videos/a/source.mp4", digest);
  EXPECT_EQ(store.gets, 1);
}

TEST_F(WorkspaceTest, WhatWasPutNeedNotBeFetched) {
  const FileDigest digest = put("videos/a/source.mp4", 1000);
  workspace.keep("videos/a/source.mp4", directory.path() / "in");
  EXPECT_FALSE(fs::exists(directory.path() / "in"));
  fetch(workspace, "videos/a/source.mp4", digest);
  EXPECT_EQ(store.gets, 0);
}

TEST_F(WorkspaceTest, TheLeastRecentlyUsedGivesWay) {
  const FileDigest digest = put("a", 4000);
  put("b", 4000);
  put("c", 4000);
  fetch(workspace, "a", digest);
  fetch(workspace, "b", digest);
  fetch(workspace, "a", digest);
  fetch(workspace, "c", digest);  // b goes
  EXPECT_LE(workspace.used_bytes(), 10'000U);
  fetch(workspace, "a", digest);
  EXPECT_EQ(store.gets, 3);
  fetch(workspace, "b", digest);
  EXPECT_EQ(store.gets, 4);
}

TEST_F(WorkspaceTest, WhatIsNowhereElseNeverGivesWay) {
  const auto folder = workspace.try_open(new_ulid());
  write_text_file(folder->path() / "made", std::string(20'000, 'x'));
  const FileDigest digest = put("a", 4000);
  const fs::path path = workspace.fetch(store, "a", digest, *folder);
  EXPECT_TRUE(fs::exists(folder->path() / "made"));
  // Out of the cache at once, but not out of the hands of who asked for it.
  EXPECT_EQ(digest_file(path), digest);
}

TEST_F(WorkspaceTest, OtherBytesThanExpectedAreCorrupt) {
  FileDigest digest = put("a", 1000);
  digest.sha256[0] = digest.sha256[0] == 'a' ? 'b' : 'a';
  const auto folder = workspace.try_open(new_ulid());
  try {
    workspace.fetch(store, "a", digest, *folder);
    FAIL() << "took it";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
  }
  EXPECT_TRUE(fs::is_empty(folder->path()));
}

}  // namespace
}  // namespace heaters::storage

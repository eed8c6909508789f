#include "base/file_lock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace heaters {
namespace {

TEST(FileLock, FolderIsHeldByOneAtATime) {
  TemporaryDirectory directory;
  {
    const auto held = FileLock::try_folder(directory.path());
    ASSERT_TRUE(held);
    EXPECT_FALSE(FileLock::try_folder(directory.path()));
  }
  EXPECT_TRUE(FileLock::try_folder(directory.path()));
  EXPECT_FALSE(FileLock::try_folder(directory.path() / "absent"));
}

TEST(FileLock, WaitersComeInOneByOneEvenWhenTheFileIsRemovedEachTime) {
  TemporaryDirectory directory;
  std::atomic<int> inside = 0;
  std::atomic<int> turns = 0;
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const FileLock lock = FileLock::wait_for_file(directory.path() / "lock");
        EXPECT_EQ(++inside, 1);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        --inside;
        ++turns;
      });
    }
  }
  EXPECT_EQ(turns, 4);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

}  // namespace
}  // namespace heaters

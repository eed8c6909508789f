#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;

ErrorKind kind_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorKind::Internal;
}

TEST(File, CopyHasTheSameBytesAndLeavesNoTemporaryName) {
  TemporaryDirectory directory;
  std::string text(3'000'000, 'x');
  for (std::size_t i = 0; i < text.size(); i += 4099) text[i] = static_cast<char>('a' + i % 26);
  write_text_file(directory.path() / "from", text);
  fs::create_directory(directory.path() / "to");

  const FileDigest digest = copy_file_durably(directory.path() / "from", directory.path() / "to" / "copy");

  EXPECT_EQ(digest.bytes, text.size());
  EXPECT_EQ(digest, digest_file(directory.path() / "from"));
  EXPECT_EQ(read_text_file(directory.path() / "to" / "copy"), text);
  EXPECT_EQ(std::distance(fs::directory_iterator(directory.path() / "to"), fs::directory_iterator()), 1);
}

TEST(File, CopyAcrossFileSystemsWorks) {
  if (!fs::exists("/dev/shm")) FAIL() << "this test needs /dev/shm as a second file system";
  TemporaryDirectory here;
  TemporaryDirectory there("/dev/shm");
  write_text_file(here.path() / "from", "content");
  copy_file_durably(here.path() / "from", there.path() / "to");
  EXPECT_EQ(read_text_file(there.path() / "to"), "content");
}

TEST(File, StoppedCopyLeavesNothing) {
  TemporaryDirectory directory;
  write_text_file(directory.path() / "from", std::string(3'000'000, 'x'));
  fs::create_directory(directory.path() / "to");
  const auto stop = [](std::uint64_t) { throw Error(ErrorKind::Cancelled, "stop"); };
  EXPECT_EQ(
      kind_of([&] { copy_file_durably(directory.path() / "from", directory.path() / "to" / "c", stop); }),
      ErrorKind::Cancelled);
  EXPECT_TRUE(fs::is_empty(directory.path() / "to"));
}

TEST(File, WhatIsNoRegularFileIsRefusedWithoutWaiting) {
  TemporaryDirectory directory;
  EXPECT_EQ(kind_of([&] { open_regular_file(directory.path()); }), ErrorKind::InvalidInput);
  EXPECT_EQ(kind_of([&] { open_regular_file("/dev/zero"); }), ErrorKind::InvalidInput);
  EXPECT_EQ(kind_of([&] { open_regular_file(directory.path() / "absent"); }), ErrorKind::NotFound);
  const fs::path pipe = directory.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(kind_of([&] { open_regular_file(pipe); }), ErrorKind::InvalidInput);
}

TEST(File, FullDeviceIsReportedAsExhausted) {
  EXPECT_EQ(kind_of([] { write_text_file("/dev/full", "x"); }), ErrorKind::Exhausted);
}

TEST(File, TemporaryDirectoryGoesWithItsContent) {
  fs::path path;
  {
    TemporaryDirectory directory;
    path = directory.path();
    write_text_file(path / "a", "x");
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

}  // namespace
}  // namespace heaters

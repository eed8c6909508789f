#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <system_error>

namespace heaters {
namespace {

TEST(Error, ExitCodesAreTheDocumentedOnes) {
  EXPECT_EQ(exit_code(ErrorKind::NotFound), 1);
  EXPECT_EQ(exit_code(ErrorKind::Conflict), 1);
  EXPECT_EQ(exit_code(ErrorKind::InvalidInput), 2);
  EXPECT_EQ(exit_code(ErrorKind::Unsupported), 2);
  EXPECT_EQ(exit_code(ErrorKind::Corrupt), 2);
  EXPECT_EQ(exit_code(ErrorKind::Internal), 70);
  EXPECT_EQ(exit_code(ErrorKind::Unavailable), 75);
  EXPECT_EQ(exit_code(ErrorKind::Exhausted), 75);
  EXPECT_EQ(exit_code(ErrorKind::Cancelled), 130);
}

TEST(Error, SystemErrorNamesTheAttemptAndTheReason) {
  const Error error = system_error(ENOSPC, "write \"a.jpg\"");
  EXPECT_EQ(error.kind(), ErrorKind::Exhausted);
  EXPECT_STREQ(error.what(), "write \"a.jpg\": No space left on device");
  EXPECT_EQ(system_error(ENOENT, "open").kind(), ErrorKind::NotFound);
  EXPECT_EQ(system_error(EIO, "read").kind(), ErrorKind::Unavailable);
}

TEST(Error, EveryExceptionBecomesOne) {
  EXPECT_EQ(to_error(Error(ErrorKind::Corrupt, "x")).kind(), ErrorKind::Corrupt);
  EXPECT_EQ(to_error(std::bad_alloc()).kind(), ErrorKind::Exhausted);
  EXPECT_EQ(to_error(std::runtime_error("x")).kind(), ErrorKind::Internal);
  const std::filesystem::filesystem_error full("write", "/a",
                                               std::make_error_code(std::errc::no_space_on_device));
  EXPECT_EQ(to_error(full).kind(), ErrorKind::Exhausted);
  EXPECT_STREQ(to_error(full).what(), "use \"/a\": No space left on device");
}

}  // namespace
}  // namespace heaters

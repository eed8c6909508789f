// Objects in archive classes: they are there and cannot be read until that was asked for and time has passed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "fixtures/archive_server.h"
#include "storage/s3_store.h"
#include "storage/storage_class.h"

namespace heaters::storage {
namespace {

using testing::HasSubstr;

class ArchiveTest : public testing::Test {
 protected:
  void put(const std::string& key, const std::string& storage_class) {
    write_text_file(directory.path() / "in", "the master");
    store.put(key, directory.path() / "in", {}, storage_class);
  }

  TemporaryDirectory directory;
  fixtures::ArchiveServer server;
  S3Store store{server.options(), std::make_shared<net::HttpPool>()};
};

TEST_F(ArchiveTest, AnObjectIsRestoredBeforeItIsRead) {
  put("videos/a/master.mkv", "DEEP_ARCHIVE");
  const auto out = directory.path() / "out";
  try {
    store.get("videos/a/master.mkv", out);
    FAIL() << "read an archived object";
  } catch (const Error& error) {
    // It will be there some day.
    EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
    EXPECT_THAT(error.what(), HasSubstr("must be restored first"));
  }
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_EQ(store.restore("videos/a/master.mkv", 7, RestoreTier::Bulk), RestoreState::Requested);
  EXPECT_EQ(store.restore("videos/a/master.mkv", 7, RestoreTier::Bulk), RestoreState::Restoring);
  server.let_arrive();
  EXPECT_EQ(store.restore("videos/a/master.mkv", 7, RestoreTier::Bulk), RestoreState::Ready);
  store.get("videos/a/master.mkv", out);
  EXPECT_EQ(read_text_file(out), "the master");
}

TEST_F(ArchiveTest, OtherObjectsNeedNothing) {
  put("videos/a/master.mkv", "STANDARD_IA");
  EXPECT_EQ(store.restore("videos/a/master.mkv", 7, RestoreTier::Standard), RestoreState::Ready);
  EXPECT_THROW(store.restore("videos/b/master.mkv", 7, RestoreTier::Standard), Error);
}

TEST_F(ArchiveTest, ATierThatAClassLacksIsRefused) {
  put("videos/a/master.mkv", "DEEP_ARCHIVE");
  try {
    store.restore("videos/a/master.mkv", 7, RestoreTier::Expedited);
    FAIL() << "restored at a tier that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
    EXPECT_THAT(error.what(), HasSubstr("Expedited"));
  }
}

TEST(StorageClasses, TellWhatTheyCost) {
  EXPECT_EQ(storage_class_warning(*find_storage_class("STANDARD"), 1e9), "");
  EXPECT_THAT(storage_class_warning(*find_storage_class("STANDARD_IA"), 5e9),
              testing::AllOf(HasSubstr("30 days"), HasSubstr("$0.05")));
  EXPECT_THAT(storage_class_warning(*find_storage_class("DEEP_ARCHIVE"), 100e9),
              testing::AllOf(HasSubstr("180 days"), HasSubstr("$2.00"), HasSubstr("12 hours")));
  EXPECT_EQ(find_storage_class("FROZEN"), nullptr);
}

}  // namespace
}  // namespace heaters::storage

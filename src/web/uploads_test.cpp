#include "web/uploads.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace heaters::web {
namespace {

using testing::IsEmpty;

class UploadsTest : public testing::Test {
 protected:
  void expect_error(ErrorKind kind, const std::function<void()>& action) {
    try {
      action();
      ADD_FAILURE() << "was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
    }
  }

  TemporaryDirectory directory;
  Uploads uploads{directory.path() / "uploads", {.most_bytes = 1000, .most_open = 3}};
};

TEST_F(UploadsTest, GoesOnWhereItStoppedAlsoInAnotherProcess) {
  const Upload made = uploads.create("a.mp4", 10, "anna");
  uploads.open(made.id, 0).write("0123");
  Uploads another(directory.path() / "uploads", {});
  EXPECT_EQ(another.find(made.id)->offset, 4U);
  EXPECT_EQ(another.find(made.id)->owner, "anna");
  auto writer = another.open(made.id, 4);
  writer.write("456789");
  writer.sync();
  EXPECT_TRUE(writer.upload().is_complete());
  EXPECT_EQ(read_text_file(writer.path()), "0123456789");
}

TEST_F(UploadsTest, ASecondWriterAndAnotherOffsetAreConflicts) {
  const Upload made = uploads.create("a.mp4", 10, "anna");
  {
    auto writer = uploads.open(made.id, 0);
    expect_error(ErrorKind::Conflict, [&] { uploads.open(made.id, 0); });
    expect_error(ErrorKind::Conflict, [&] { uploads.remove(made.id); });
    writer.write("01");
  }
  expect_error(ErrorKind::Conflict, [&] { uploads.open(made.id, 0); });
  expect_error(ErrorKind::NotFound, [&] { uploads.open("../../etc/passwd", 0); });
}

TEST_F(UploadsTest, MoreThanWasAnnouncedIsRefused) {
  const Upload made = uploads.create("a.mp4", 3, "anna");
  auto writer = uploads.open(made.id, 0);
  expect_error(ErrorKind::InvalidInput, [&] { writer.write("0123"); });
  writer.write("012");
}

TEST_F(UploadsTest, SizesNamesAndNumberAreLimited) {
  expect_error(ErrorKind::InvalidInput, [&] { uploads.create("a", 0, "anna"); });
  expect_error(ErrorKind::InvalidInput, [&] { uploads.create("a", 1001, "anna"); });
  expect_error(ErrorKind::InvalidInput, [&] { uploads.create("a/", 1, "anna"); });
  EXPECT_EQ(uploads.create("C:\\films\\a.mp4", 1, "anna").name, "a.mp4");
  uploads.create("b", 1, "anna");
  uploads.create("c", 1, "anna");
  expect_error(ErrorKind::Exhausted, [&] { uploads.create("d", 1, "anna"); });
}

TEST_F(UploadsTest, ASubmittedOneKeepsItsNoteOnly) {
  const Upload made = uploads.create("a.mp4", 2, "anna");
  auto writer = uploads.open(made.id, 0);
  writer.write("01");
  const auto video = catalog::VideoId::make();
  uploads.submitted(writer, video);
  EXPECT_EQ(uploads.find(made.id)->video_id, video);
  EXPECT_THAT(uploads.all(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(writer.path()));
}

TEST_F(UploadsTest, TheAbandonedAreRemoved) {
  const Upload old = uploads.create("a.mp4", 2, "anna");
  const Upload fresh = uploads.create("b.mp4", 2, "anna");
  std::filesystem::last_write_time(
      directory.path() / "uploads" / old.id,
      std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 8));
  uploads.remove_abandoned();
  EXPECT_FALSE(uploads.find(old.id));
  EXPECT_TRUE(uploads.find(fresh.id));
}

}  // namespace
}  // namespace heaters::web

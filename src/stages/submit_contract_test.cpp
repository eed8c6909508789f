// What becomes of a stored source when it is not known whether it was entered, on both databases.

#include "stages/submit.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "catalog/submissions.h"
#include "fixtures/databases.h"
#include "fixtures/process.h"
#include "jobs/queue.h"
#include "stages/gc.h"
#include "storage/local_store.h"

namespace heaters::stages {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

enum class Loss { BeforeTheCommit, OfItsAnswer };

// A database that goes away, once.
class LosingDatabase : public db::Database {
 public:
  LosingDatabase(db::Database& database, Loss loss) : database_(database), loss_(loss) {}

  db::Dialect dialect() const override { return database_.dialect(); }
  void execute(const std::string& sql) override { database_.execute(sql); }
  db::Statement prepare(std::string_view sql) override {
    if (loss_ == Loss::BeforeTheCommit && sql.find("oban_jobs") != std::string_view::npos)
      throw Error(ErrorKind::Unavailable, "use database: no answer");
    return database_.prepare(sql);
  }
  void begin() override { database_.begin(); }
  void commit() override {
    database_.commit();
    throw Error(ErrorKind::Unavailable, "change database: no answer");
  }
  void rollback() noexcept override {
    if (loss_ == Loss::BeforeTheCommit) database_.rollback();
  }

 private:
  db::Database& database_;
  Loss loss_;
};

class SubmitTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    jobs::make_queue(*database);  // makes its table, once
  }
  std::filesystem::path video() {
    auto file = directory.path() / "a.mp4";
    fixtures::Process make(
        {"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48:d=0.2", file.string()});
    EXPECT_EQ(make.wait(), 0);
    return file;
  }

  storage::LocalStore store{directory.path() / "store"};
  storage::Workspace workspace{directory.path() / "workspace", 1'000'000};
};

TEST_P(SubmitTest, AnUploadWhoseEntryIsUnknownKeepsItsSource) {
  LosingDatabase losing(*database, Loss::OfItsAnswer);
  try {
    submit_upload(losing, store, workspace, video(), "a.mp4", {}, {});
    FAIL() << "the answer was lost";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  }
  const auto unfinished = catalog::Submissions(*database).unfinished();
  ASSERT_THAT(unfinished, SizeIs(1));
  const auto key = catalog::Submissions(*database).find(unfinished.front())->source_key;
  ASSERT_TRUE(key.has_value());
  EXPECT_TRUE(std::filesystem::exists(*store.local_path(*key)));
  EXPECT_THAT(collect_garbage(*database, store, std::chrono::seconds(0), true).orphans, IsEmpty());
}

TEST_P(SubmitTest, AnUploadThatWasNotEnteredLeavesNothing) {
  LosingDatabase losing(*database, Loss::BeforeTheCommit);
  EXPECT_THROW(submit_upload(losing, store, workspace, video(), "a.mp4", {}, {}), Error);
  EXPECT_THAT(catalog::Submissions(*database).unfinished(), IsEmpty());
  EXPECT_THAT(store.list(""), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Databases, SubmitTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::stages

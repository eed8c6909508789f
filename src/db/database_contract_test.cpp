// What every Database does.

#include <gmock/gmock.h>

#include "base/error.h"
#include "fixtures/databases.h"

namespace heaters::db {
namespace {

class DatabaseContractTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    database->execute(is_postgres()
                          ? "CREATE TABLE t (i BIGINT PRIMARY KEY, r DOUBLE PRECISION, s TEXT, b BOOLEAN)"
                          : "CREATE TABLE t (i INTEGER PRIMARY KEY, r REAL, s TEXT, b INTEGER) STRICT");
  }
  void insert(std::int64_t i) { database->prepare("INSERT INTO t (i) VALUES (?)").bind(i).run(); }
  std::string count() { return ask("SELECT count(*) FROM t"); }
};

TEST_P(DatabaseContractTest, StatementsThatArePreparedOnceDoTheSame) {
  Statement insert = database->prepare_once("INSERT INTO t (i, s) VALUES (?, ?)");
  for (const int i : {1, 2}) insert.bind(i).bind("what?").run();
  EXPECT_EQ(insert.changes(), 1);
  Statement select = database->prepare_once("SELECT s FROM t WHERE i = ?");
  select.bind(2);
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.text(0), "what?");
  EXPECT_FALSE(select.step());
  if (is_postgres()) {
    EXPECT_EQ(
        ask("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT s FROM t WHERE i = $1'"),
        "0");
  }
}

TEST_P(DatabaseContractTest, ValuesOfEveryTypeComeBack) {
  Statement insert = database->prepare("INSERT INTO t (i, r, s, b) VALUES (?, ?, ?, ?)");
  insert.bind(INT64_MIN).bind(0.1).bind("zwölf ? 'quoted' \"{,}\"").bind(true).run();
  EXPECT_EQ(insert.changes(), 1);
  insert.bind(2).bind(-1e300).bind("").bind(false).run();
  insert.bind(3).bind(std::nullopt).bind(std::nullopt).bind(std::optional<bool>()).run();
  Statement select = database->prepare("SELECT i, r, s, b FROM t ORDER BY i");
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.integer(0), INT64_MIN);
  EXPECT_EQ(select.real(1), 0.1);
  EXPECT_EQ(select.text(2), "zwölf ? 'quoted' \"{,}\"");
  EXPECT_EQ(select.integer(3), 1);
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.real(1), -1e300);
  EXPECT_EQ(select.text(2), "");
  EXPECT_FALSE(select.is_null(2));
  EXPECT_EQ(select.integer(3), 0);
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.optional_real(1), std::nullopt);
  EXPECT_EQ(select.optional_text(2), std::nullopt);
  EXPECT_EQ(select.optional_integer(3), std::nullopt);
  EXPECT_FALSE(select.step());
}

TEST_P(DatabaseContractTest, QuestionMarksInQuotesAreText) {
  Statement select = database->prepare("SELECT '?', ? || 'x?'");
  select.bind("a");
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.text(0), "?");
  EXPECT_EQ(select.text(1), "ax?");
}

TEST_P(DatabaseContractTest, ATransactionWithoutCommitLeavesNothing) {
  {
    Transaction transaction(*database);
    insert(1);
  }
  EXPECT_EQ(count(), "0");
  Transaction transaction(*database);
  insert(1);
  transaction.commit();
  EXPECT_EQ(count(), "1");
}

TEST_P(DatabaseContractTest, AFailureInATransactionDoesNotEndTheConnection) {
  insert(1);
  {
    Transaction transaction(*database);
    insert(2);
    EXPECT_THROW(insert(1), Error);
  }
  EXPECT_EQ(count(), "1");
  insert(3);
  EXPECT_EQ(count(), "2");
}

TEST_P(DatabaseContractTest, BrokenConstraintsAreConflicts) {
  insert(1);
  try {
    insert(1);
    FAIL() << "inserted twice";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Conflict) << error.what();
  }
}

TEST_P(DatabaseContractTest, ABatchIsThereWhenItIsFinished) {
  Transaction transaction(*database);
  Batch batch(*database);
  Statement insert = database->prepare("INSERT INTO t (i, s) VALUES (?, ?)");
  constexpr int rows = 5000;  // more than fits into the buffers of a socket
  for (int i = 0; i < rows; ++i) insert.bind(i).bind(std::string(100, 'x')).run();
  Statement other = database->prepare("UPDATE t SET r = ? WHERE i = ?");
  other.bind(1.5).bind(7).run();
  batch.finish();
  transaction.commit();
  EXPECT_EQ(count(), "5000");
  EXPECT_EQ(ask("SELECT count(*) FROM t WHERE r = 1.5"), "1");
}

TEST_P(DatabaseContractTest, AFailureInABatchIsThrownAndNothingStays) {
  const auto attempt = [&](int at) {
    Transaction transaction(*database);
    Batch batch(*database);
    Statement insert = database->prepare("INSERT INTO t (i) VALUES (?)");
    for (int i = 0; i < 1000; ++i) insert.bind(i == at ? 0 : i).run();
    batch.finish();
    transaction.commit();
  };
  for (const int at : {1, 500, 999}) {
    try {
      attempt(at);
      FAIL() << "inserted twice";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Conflict) << error.what();
    }
    EXPECT_EQ(count(), "0");
  }
}

INSTANTIATE_TEST_SUITE_P(Databases, DatabaseContractTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::db

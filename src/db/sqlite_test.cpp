#include "db/sqlite.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"

namespace heaters::db {
namespace {

class SqliteTest : public testing::Test {
 protected:
  std::int64_t count() {
    Statement select = db.prepare("SELECT count(*) FROM t");
    EXPECT_TRUE(select.step());
    return select.integer(0);
  }

  TemporaryDirectory directory;
  SqliteDatabase db{directory.path() / "test.sqlite"};
};

TEST_F(SqliteTest, ValuesOfEveryTypeComeBack) {
  db.execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT, n TEXT) STRICT");
  db.prepare("INSERT INTO t VALUES (?, ?, ?, ?)").bind(-7).bind(0.5).bind("zwölf").bind(std::nullopt).run();
  Statement select = db.prepare("SELECT i, r, s, n FROM t");
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.integer(0), -7);
  EXPECT_EQ(select.real(1), 0.5);
  EXPECT_EQ(select.text(2), "zwölf");
  EXPECT_TRUE(select.is_null(3));
  EXPECT_FALSE(select.step());
}

TEST_F(SqliteTest, TransactionWithoutCommitLeavesNothing) {
  db.execute("CREATE TABLE t (i INTEGER) STRICT");
  {
    Transaction transaction(db);
    db.execute("INSERT INTO t VALUES (1)");
  }
  EXPECT_EQ(count(), 0);
  {
    Transaction transaction(db);
    db.execute("INSERT INTO t VALUES (1)");
    transaction.commit();
  }
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, BrokenConstraintIsAConflictAndTheStatementStaysUsable) {
  db.execute("CREATE TABLE t (i INTEGER CHECK (i > 0)) STRICT");
  Statement insert = db.prepare("INSERT INTO t VALUES (?)");
  try {
    insert.bind(0).run();
    FAIL() << "the constraint was not held";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Conflict);
  }
  insert.bind(1).run();
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, FileThatIsNoDatabaseIsCorrupt) {
  write_text_file(directory.path() / "text", std::string(4096, 'x'));
  try {
    SqliteDatabase other(directory.path() / "text");
    FAIL() << "opened a text file";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
  }
}

}  // namespace
}  // namespace heaters::db

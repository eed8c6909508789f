#include "db/migrations.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "db/sqlite.h"

namespace heaters::db {
namespace {

class MigrationsTest : public testing::Test {
 protected:
  std::int64_t number(const std::string& sql) {
    Statement select = database.prepare(sql);
    EXPECT_TRUE(select.step());
    return select.integer(0);
  }

  TemporaryDirectory directory;
  SqliteDatabase database{directory.path() / "test.sqlite"};
  const std::vector<Migration> steps = {{1, "one", "CREATE TABLE a (i INTEGER)"},
                                        {2, "two", "INSERT INTO a VALUES (7); CREATE TABLE b (i INTEGER)"}};
};

TEST_F(MigrationsTest, EachStepRunsOnceInOrder) {
  migrate(database, {steps[0]});
  migrate(database, steps);
  migrate(database, steps);
  EXPECT_EQ(number("SELECT count(*) FROM a"), 1);
  EXPECT_EQ(number("SELECT max(version) FROM schema_migrations"), 2);
}

TEST_F(MigrationsTest, AStepThatFailsLeavesNothingOfItself) {
  const std::vector<Migration> broken = {
      steps[0], {2, "two", "CREATE TABLE b (i INTEGER); INSERT INTO nowhere VALUES (1)"}};
  EXPECT_THROW(migrate(database, broken), Error);
  EXPECT_EQ(number("SELECT max(version) FROM schema_migrations"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
}

TEST_F(MigrationsTest, ADatabaseFromTheFutureIsRefused) {
  migrate(database, steps);
  try {
    migrate(database, {steps[0]});
    FAIL() << "used a schema it does not know";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Conflict);
  }
}

TEST_F(MigrationsTest, TheRealOnesAreNumberedWithoutGaps) {
  int expected = 0;
  for (const Migration& migration : sqlite_migrations) EXPECT_EQ(migration.version, ++expected);
  EXPECT_GE(expected, 1);
  ASSERT_EQ(postgres_migrations.size(), sqlite_migrations.size());
  for (std::size_t i = 0; i < sqlite_migrations.size(); ++i) {
    EXPECT_EQ(postgres_migrations[i].name, sqlite_migrations[i].name);
  }
  migrate(database);
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE type = 'view' AND name = 'clips'"), 1);
}

}  // namespace
}  // namespace heaters::db

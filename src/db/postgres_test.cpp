#include "db/postgres.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "fixtures/postgres.h"

namespace heaters::db {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Error failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "did not fail";
  return {ErrorKind::Internal, ""};
}

TEST(Postgres, ThePasswordIsInNoMessage) {
  for (const char* url : {"postgres://u:geheim@127.0.0.1:1/db", "postgres://u:geheim@[::1/db",
                          "postgres://u:geheim@127.0.0.1/db?sslmode=nonsense",
                          "postgres://u@127.0.0.1/db?password=geheim&nonsense=geheim"}) {
    EXPECT_THAT(failure_of([&] { PostgresDatabase database(url); }).what(), Not(HasSubstr("geheim"))) << url;
  }
}

TEST(Postgres, KindsTellWhatCanBeTriedAgain) {
  EXPECT_EQ(failure_of([] { PostgresDatabase("postgres://127.0.0.1:1/db"); }).kind(), ErrorKind::Unavailable);
  const std::string url = fixtures::PostgresServer::shared().create_database();
  EXPECT_EQ(failure_of([&] { PostgresDatabase(url + "_missing"); }).kind(), ErrorKind::InvalidInput);
  PostgresDatabase database(url);
  EXPECT_EQ(failure_of([&] { database.execute("SELEKT 1"); }).kind(), ErrorKind::Internal);
}

TEST(Postgres, TimesAreIsoInUtc) {
  PostgresDatabase database(fixtures::PostgresServer::shared().create_database());
  Statement select = database.prepare(
      "SELECT '2026-11-24 10:00:00.5+02'::timestamptz, '2026-11-24 10:00:00'::timestamp, NULL::timestamptz");
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.text(0), "2026-11-24T08:00:00.5Z");
  EXPECT_EQ(select.text(1), "2026-11-24T10:00:00Z");
  EXPECT_EQ(select.text(2), "");
}

TEST(Postgres, HearsNotifications) {
  const std::string url = fixtures::PostgresServer::shared().create_database();
  PostgresDatabase listener(url);
  PostgresDatabase speaker(url);
  listener.listen("public.news");
  EXPECT_THAT(listener.notifications(), IsEmpty());
  speaker.prepare("SELECT pg_notify('public.news', ?)").bind("{}").step();
  std::vector<Notification> heard;
  for (int i = 0; i < 500 && heard.empty(); ++i) {
    heard = listener.notifications();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].payload, "{}");
}

TEST(Postgres, NobodyWaitsForeverForATransactionThatFellSilent) {
  const std::string url = fixtures::PostgresServer::shared().create_database();
  PostgresDatabase silent(url);
  silent.execute("CREATE TABLE sums (sum integer); INSERT INTO sums VALUES (1)");
  PostgresDatabase other(url);
  other.execute("SET statement_timeout = '120s'");
  {
    Transaction transaction(silent);
    silent.execute("UPDATE sums SET sum = sum + 10");
    other.execute("UPDATE sums SET sum = sum + 1");
    EXPECT_EQ(failure_of([&] { transaction.commit(); }).kind(), ErrorKind::Unavailable);
  }
  Statement select = silent.prepare("SELECT sum FROM sums");
  ASSERT_TRUE(select.step());
  EXPECT_EQ(select.integer(0), 2);
}

TEST(Postgres, ALostConnectionIsMadeAgainOutsideATransaction) {
  fixtures::PostgresServer server;
  PostgresDatabase database(server.create_database());
  database.listen("news");
  Statement select = database.prepare("SELECT 1");
  EXPECT_TRUE(select.step());
  const int before = database.generation();
  {
    Transaction transaction(database);
    server.kill();
    EXPECT_EQ(failure_of([&] { database.execute("SELECT 1"); }).kind(), ErrorKind::Unavailable);
    server.start();
    EXPECT_EQ(failure_of([&] { database.execute("SELECT 1"); }).kind(), ErrorKind::Unavailable);
  }
  Statement again = database.prepare("SELECT 1");
  EXPECT_TRUE(again.step());
  EXPECT_GT(database.generation(), before);
  Statement listening = database.prepare("SELECT count(*) FROM pg_listening_channels()");
  listening.step();
  EXPECT_EQ(listening.integer(0), 1);
}

TEST(ArrayLiteral, ComesBack) {
  const std::vector<std::string> texts = {"a", "", "b,c", "{d}", "e\"f\\g", "NULL", " h "};
  EXPECT_EQ(parse_array_literal(array_literal(texts)), texts);
  PostgresDatabase database(fixtures::PostgresServer::shared().create_database());
  Statement select = database.prepare("SELECT ?::text[], array_length(?::text[], 1), ARRAY['x', NULL, 'y']");
  select.bind(array_literal(texts)).bind(array_literal(texts));
  ASSERT_TRUE(select.step());
  EXPECT_EQ(parse_array_literal(select.text(0)), texts);
  EXPECT_EQ(select.integer(1), 7);
  EXPECT_THAT(parse_array_literal(select.text(2)), ElementsAre("x", "", "y"));
  EXPECT_THAT(parse_array_literal("{}"), IsEmpty());
  EXPECT_EQ(array_literal(std::vector<std::int64_t>{1, -2}), "{1,-2}");
}

}  // namespace
}  // namespace heaters::db

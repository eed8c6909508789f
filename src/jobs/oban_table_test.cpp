// The job tables that others made: Oban's older versions, and oban-py's.

#include "jobs/oban_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "db/migrations.h"
#include "db/postgres.h"
#include "fixtures/postgres.h"
#include "jobs/ending.h"
#include "jobs/nodes.h"
#include "jobs/queue.h"

namespace heaters::jobs {
namespace {

using testing::SizeIs;

// As migrations up to V9 leave it: no label "suspended", no range checks, no oban_peers, a trigger that
// notifies.
constexpr const char* version_9 = R"(
CREATE TYPE public.oban_job_state AS ENUM
  ('available', 'scheduled', 'executing', 'retryable', 'completed', 'discarded', 'cancelled');
CREATE TABLE public.oban_jobs (
  id BIGSERIAL PRIMARY KEY, state public.oban_job_state NOT NULL DEFAULT 'available', queue TEXT NOT NULL DEFAULT 'default',
  worker TEXT NOT NULL, args JSONB NOT NULL, errors JSONB[] NOT NULL DEFAULT ARRAY[]::JSONB[], attempt INTEGER NOT NULL
  DEFAULT 0, max_attempts INTEGER NOT NULL DEFAULT 20, inserted_at TIMESTAMP NOT NULL DEFAULT timezone('UTC', now()),
  scheduled_at TIMESTAMP NOT NULL DEFAULT timezone('UTC', now()), attempted_at TIMESTAMP, completed_at TIMESTAMP,
  attempted_by TEXT[], discarded_at TIMESTAMP, priority INTEGER DEFAULT 0, tags VARCHAR(255)[] DEFAULT
  ARRAY[]::VARCHAR[], meta JSONB DEFAULT '{}', cancelled_at TIMESTAMP);
CREATE INDEX ON public.oban_jobs (queue, state, priority, scheduled_at, id);
CREATE FUNCTION public.oban_jobs_notify() RETURNS trigger AS $$
BEGIN
  PERFORM pg_notify('public.oban_insert', json_build_object('queue', NEW.queue)::text);
  RETURN NULL;
END; $$ LANGUAGE plpgsql;
CREATE TRIGGER oban_notify AFTER INSERT ON public.oban_jobs FOR EACH ROW WHEN (NEW.state = 'available')
  EXECUTE PROCEDURE public.oban_jobs_notify();
COMMENT ON TABLE public.oban_jobs IS '9';
)";

// As `oban install` of oban-py leaves it: errors is one jsonb, attempted_by is NOT NULL, ids are always
// generated.
constexpr const char* oban_py = R"(
CREATE TYPE public.oban_job_state AS ENUM
  ('available', 'suspended', 'scheduled', 'executing', 'retryable', 'completed', 'discarded', 'cancelled');
CREATE TABLE public.oban_jobs (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state public.oban_job_state NOT NULL DEFAULT 'available', queue TEXT
  NOT NULL DEFAULT 'default', worker TEXT NOT NULL, attempt SMALLINT NOT NULL DEFAULT 0, max_attempts SMALLINT NOT NULL
  DEFAULT 20, priority SMALLINT NOT NULL DEFAULT 0, args JSONB NOT NULL DEFAULT '{}', meta JSONB NOT NULL DEFAULT '{}',
  tags TEXT[] NOT NULL DEFAULT '{}', attempted_by TEXT[] NOT NULL DEFAULT '{}', errors JSONB NOT NULL DEFAULT '[]',
  inserted_at TIMESTAMP NOT NULL DEFAULT timezone('UTC', now()), scheduled_at TIMESTAMP NOT NULL DEFAULT timezone('UTC',
  now()), attempted_at TIMESTAMP, cancelled_at TIMESTAMP, completed_at TIMESTAMP, discarded_at TIMESTAMP);
)";

class OtherTableTest : public testing::TestWithParam<const char*> {
 protected:
  OtherTableTest() {
    database.execute(GetParam());
    db::migrate(database);
  }
  db::PostgresDatabase database{fixtures::PostgresServer::shared().create_database()};
};

TEST_P(OtherTableTest, RunsJobsThroughEveryState) {
  const auto queue = make_queue(database);
  const std::string node = "heaters@a.1.x";
  Nodes nodes(database);
  nodes.beat(node);
  database.execute("INSERT INTO public.oban_jobs (queue, worker, args) VALUES ('q', 'W', '{}')");
  std::vector<NewJob> jobs(5, {.queue = "q", .worker = "W", .tags = {"t"}});
  jobs[0].unique_key = "key";
  queue->insert(jobs);
  EXPECT_TRUE(queue->insert(std::span(jobs).first(1)).front().is_conflict);
  const auto claimed = queue->claim("q", 10, node);
  ASSERT_THAT(claimed, SizeIs(6));
  const std::vector<Ending> endings = {
      ending_of(claimed[0], {Completed{}}), ending_of(claimed[1], {Retry{"once", std::chrono::seconds(0)}}),
      ending_of(claimed[2], {Cancel{"no"}}), ending_of(claimed[3], {Snooze{std::chrono::seconds(60)}})};
  EXPECT_THAT(queue->finish(endings, node), testing::Each(Finish::Written));
  EXPECT_EQ(queue->stage({"q"}), 1);
  const auto again = queue->claim("q", 10, node);
  ASSERT_THAT(again, SizeIs(1));
  const Ending second = ending_of(again[0], {Retry{"twice", std::chrono::seconds(60)}});
  queue->finish(std::span(&second, 1), node);
  const auto errors = queue->find(again[0].id)->errors;
  ASSERT_THAT(errors, SizeIs(2));
  EXPECT_EQ(errors[0].error, "once");
  EXPECT_EQ(errors[1].error, "twice");
  EXPECT_EQ(errors[1].attempt, 2);
  nodes.forget(node);
  EXPECT_EQ(queue->rescue({"q"}), 2);
  EXPECT_TRUE(queue->cancel(claimed[4].id));
  EXPECT_TRUE(queue->retry(claimed[4].id));
  EXPECT_THAT(queue->list({.state = JobState::Available}), SizeIs(2));
  EXPECT_EQ(queue->prune({"q"}, std::chrono::seconds(-1), std::chrono::seconds(-1), 10), 2);
}

TEST_P(OtherTableTest, StaysAsItWas) {
  const int version = oban_table_version(database);
  make_queue(database);
  make_queue(database);
  EXPECT_EQ(oban_table_version(database), version);
}

INSTANTIATE_TEST_SUITE_P(Tables, OtherTableTest, testing::Values(version_9, oban_py), [](const auto& table) {
  return std::string(table.index == 0 ? "Version9" : "ObanPy");
});

TEST(ObanTable, AnOlderOneIsRefused) {
  db::PostgresDatabase database(fixtures::PostgresServer::shared().create_database());
  db::migrate(database);
  database.execute("CREATE TABLE public.oban_jobs (id BIGINT); COMMENT ON TABLE public.oban_jobs IS '8'");
  try {
    make_queue(database);
    FAIL() << "used it";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Unsupported);
  }
}

TEST(ObanTable, OursIsVersion14) {
  db::PostgresDatabase database(fixtures::PostgresServer::shared().create_database());
  db::migrate(database);
  make_queue(database);
  EXPECT_EQ(oban_table_version(database), 14);
  db::Statement labels =
      database.prepare("SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum");
  labels.step();
  EXPECT_EQ(labels.text(0),
            "available,suspended,scheduled,executing,retryable,completed,discarded,cancelled");
}

bool has_valid_index(db::Database& database) {
  return database
      .prepare(
          "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('public.heaters_jobs_by_node') AND "
          "indisvalid")
      .step();
}

TEST(ObanTable, GetsTheIndexThatSavesTime) {
  db::PostgresDatabase database(fixtures::PostgresServer::shared().create_database());
  db::migrate(database);
  make_queue(database);
  EXPECT_FALSE(has_valid_index(database));
  add_missing_indexes(database);
  EXPECT_TRUE(has_valid_index(database));
  add_missing_indexes(database);
}

// As a backup's is for hours.
TEST(ObanTable, ATransactionThatStaysOpenHoldsNobodyUp) {
  const std::string url = fixtures::PostgresServer::shared().create_database();
  db::PostgresDatabase database(url);
  db::migrate(database);
  make_queue(database);
  db::PostgresDatabase other(url);
  const db::Transaction open(other);
  other.execute("INSERT INTO public.oban_jobs (queue, worker, args) VALUES ('q', 'W', '{}')");
  add_missing_indexes(database);
  EXPECT_FALSE(has_valid_index(database));
  db::Statement timeout = database.prepare("SHOW lock_timeout");
  timeout.step();
  EXPECT_EQ(timeout.text(0), "0");
}

}  // namespace
}  // namespace heaters::jobs

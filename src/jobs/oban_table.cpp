#include "jobs/oban_table.h"

#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "base/log.h"
#include "jobs/oban_table_sql.h"

namespace heaters::jobs {

namespace {

constexpr int oldest_version = 9;

bool exists(db::Database& database, const char* relation) {
  db::Statement select = database.prepare("SELECT to_regclass(?) IS NOT NULL");
  select.bind(relation);
  select.step();
  return select.integer(0) != 0;
}

}  // namespace

int oban_table_version(db::Database& database) {
  db::Statement select =
      database.prepare("SELECT coalesce(obj_description(to_regclass('public.oban_jobs'), 'pg_class'), '0')");
  select.step();
  const std::string text = select.text(0);
  // "∞": managed elsewhere, and new.
  if (text == "\u221e") return 999;
  int version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  return version;
}

void prepare_oban_table(db::Database& database) {
  if (exists(database, "public.heaters_unique_jobs")) return;
  db::Transaction transaction(database);
  // Any number that nobody else uses: "obantab" in ASCII.
  database.prepare("SELECT pg_advisory_xact_lock(31353291316224354)").step();
  if (!exists(database, "public.oban_jobs")) database.execute(oban_table_sql);
  const int version = oban_table_version(database);
  if (version != 0 && version < oldest_version) {
    throw Error(
        ErrorKind::Unsupported,
        fmt::format("use the table oban_jobs: its version is {}, at least {} is needed; migrate Oban first",
                    version, oldest_version));
  }
  database.execute(
      "CREATE UNIQUE INDEX IF NOT EXISTS heaters_unique_jobs ON public.oban_jobs (worker, "
      "(meta->>'heaters_unique')) WHERE state IN ('available', 'scheduled', 'executing', 'retryable') AND "
      "meta->>'heaters_unique' IS NOT NULL; CREATE INDEX IF NOT EXISTS heaters_jobs_by_key ON "
      "public.oban_jobs ((meta->>'heaters_unique'), id) WHERE meta->>'heaters_unique' IS NOT NULL");
  transaction.commit();
}

void add_missing_indexes(db::Database& database) {
  if (database.dialect() != db::Dialect::Postgres || exists(database, "public.heaters_jobs_by_node")) return;
  const std::string create =
      "CREATE INDEX CONCURRENTLY IF NOT EXISTS heaters_jobs_by_node ON public.oban_jobs ((meta->>'node')) "
      "WHERE state "
      "IN ('available', 'scheduled', 'retryable') AND meta->>'node' LIKE 'heaters@%'";
  try {
    // It waits for every transaction that is open: a backup's may be so for hours.
    database.execute("SET lock_timeout = '3s'");
    database.execute(create);
  } catch (const Error& error) {
    if (!database.is_connected()) throw;
    log(LogLevel::Info, "jobs.index_missing",
        {{"statement", "DROP INDEX IF EXISTS public.heaters_jobs_by_node; " + create},
         {"error", error.what()}});
  }
  database.execute("RESET lock_timeout");
}

}  // namespace heaters::jobs

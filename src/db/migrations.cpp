#include "db/migrations.h"

#include <fmt/format.h>

#include "base/error.h"

namespace heaters::db {

namespace {

// Any number will do that nobody else uses: "heaters" in ASCII.
constexpr const char* lock_migrations = "SELECT pg_advisory_xact_lock(29382977894147699)";

void create_bookkeeping(Database& database) {
  if (database.dialect() == Dialect::Sqlite) {
    database.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
        "applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))) STRICT");
    return;
  }
  Transaction transaction(database);
  database.prepare(lock_migrations).step();
  database.execute(
      "CREATE SCHEMA IF NOT EXISTS heaters; CREATE TABLE IF NOT EXISTS heaters.schema_migrations (version "
      "INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
  transaction.commit();
}

void apply(Database& database, const Migration& migration) {
  Transaction transaction(database);
  if (database.dialect() == Dialect::Postgres) database.prepare(lock_migrations).step();
  // Another process may have been here while we waited for the lock.
  if (migration.version <= schema_version(database)) return;
  database.execute(migration.sql);
  database.prepare("INSERT INTO schema_migrations (version, name) VALUES (?, ?)")
      .bind(migration.version)
      .bind(migration.name)
      .run();
  transaction.commit();
}

}  // namespace

const std::vector<Migration>& migrations_for(Dialect dialect) {
  return dialect == Dialect::Sqlite ? sqlite_migrations : postgres_migrations;
}

int schema_version(Database& database) {
  // Another application's schema_migrations may be in `public`. Not by pg_tables, a view that takes a new
  // connection 5 ms.
  Statement exists = database.prepare(
      database.dialect() == Dialect::Sqlite
          ? "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'"
          : "SELECT count(to_regclass('heaters.schema_migrations'))");
  exists.step();
  if (exists.integer(0) == 0) return 0;
  Statement select = database.prepare("SELECT coalesce(max(version), 0) FROM schema_migrations");
  select.step();
  return static_cast<int>(select.integer(0));
}

void migrate(Database& database) {
  migrate(database, migrations_for(database.dialect()));
}

void migrate(Database& database, const std::vector<Migration>& migrations) {
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  const int found = schema_version(database);
  if (found > newest) {
    throw Error(
        ErrorKind::Conflict,
        fmt::format("open the catalog: its schema has version {}, this program knows {}", found, newest));
  }
  if (found == newest) return;
  if (found == 0) create_bookkeeping(database);
  for (const Migration& migration : migrations) {
    if (migration.version > found) apply(database, migration);
  }
}

}  // namespace heaters::db

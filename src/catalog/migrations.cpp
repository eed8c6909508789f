#include "catalog/migrations.h"

#include <fmt/format.h>

#include "base/error.h"

namespace heaters::catalog {

namespace {

int current_version(db::Database& database) {
  db::Statement select = database.prepare("SELECT coalesce(max(version), 0) FROM schema_migrations");
  select.step();
  return static_cast<int>(select.integer(0));
}

}  // namespace

void migrate(db::Database& database, const std::vector<Migration>& migrations) {
  database.execute(
      "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
      "applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))) STRICT");
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (current_version(database) > newest) {
    throw Error(ErrorKind::Conflict,
                fmt::format("open the catalog: its schema has version {}, this program knows {}",
                            current_version(database), newest));
  }
  for (const Migration& migration : migrations) {
    if (migration.version <= current_version(database)) continue;
    db::Transaction transaction(database);
    // Another process may have been here while we waited for the lock.
    if (migration.version <= current_version(database)) continue;
    database.execute(migration.sql);
    database.prepare("INSERT INTO schema_migrations (version, name) VALUES (?, ?)")
        .bind(migration.version)
        .bind(migration.name)
        .run();
    transaction.commit();
  }
}

}  // namespace heaters::catalog

#pragma once

#include <string>
#include <vector>

#include "db/database.h"

namespace heaters::db {

// One numbered step of the schema, from schema/<sqlite|postgres>/<version>_<name>.sql. Steps are never edited
// once released; both databases have the same versions.
struct Migration {
  int version;
  std::string name;
  std::string sql;
};

// All of them by version, compiled in.
extern const std::vector<Migration> sqlite_migrations;
extern const std::vector<Migration> postgres_migrations;
const std::vector<Migration>& migrations_for(Dialect dialect);

// Brings the database to the newest version. Several processes may do so at once. On PostgreSQL our tables
// are in the schema `heaters`. Throws Conflict when the database is newer than this program.
void migrate(Database& database);
void migrate(Database& database, const std::vector<Migration>& migrations);

// The version the database has; 0 when it has none of our tables.
int schema_version(Database& database);

}  // namespace heaters::db

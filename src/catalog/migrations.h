#pragma once

#include <string>
#include <vector>

#include "db/sqlite.h"

namespace heaters::catalog {

// One numbered step of the schema, from schema/sqlite/<version>_<name>.sql. Steps are never edited once
// released.
struct Migration {
  int version;
  std::string name;
  std::string sql;
};

// All of them by version, compiled in.
extern const std::vector<Migration> sqlite_migrations;

// Brings the database to the newest version, each step in a transaction of its own. Several processes may do
// so at once. Throws Conflict when the database is newer than this program.
void migrate(db::Database& database, const std::vector<Migration>& migrations = sqlite_migrations);

}  // namespace heaters::catalog

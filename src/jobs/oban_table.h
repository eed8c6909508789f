#pragma once

#include "db/database.h"

namespace heaters::jobs {

// Makes sure that PostgreSQL has Oban's job table, and the index that holds our unique keys. An existing
// table of Oban, version 9 or newer, stays as it is. Throws Unsupported for an older one.
void prepare_oban_table(db::Database& database);

// The version that Oban notes on its table; 0 when there is no table or no note.
int oban_table_version(db::Database& database);

}  // namespace heaters::jobs

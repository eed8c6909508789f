#pragma once

#include "db/database.h"

namespace heaters::jobs {

// Makes sure that PostgreSQL has Oban's job table, and the index that holds our unique keys. An existing
// table of Oban, version 9 or newer, stays as it is. Throws Unsupported for an older one.
void prepare_oban_table(db::Database& database);

// Makes the indexes that only save time, beside whoever works on the table: outside of a transaction. Where
// that is not allowed it says so in the log, once for each start of a worker.
void add_missing_indexes(db::Database& database);

// The version that Oban notes on its table; 0 when there is no table or no note.
int oban_table_version(db::Database& database);

}  // namespace heaters::jobs

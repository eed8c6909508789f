#include "jobs/queue.h"

#include "jobs/oban_table.h"
#include "jobs/postgres_queue.h"
#include "jobs/sqlite_queue.h"

namespace heaters::jobs {

std::unique_ptr<Queue> make_queue(db::Database& database) {
  if (database.dialect() == db::Dialect::Sqlite) return std::make_unique<SqliteQueue>(database);
  prepare_oban_table(database);
  return std::make_unique<PostgresQueue>(database);
}

}  // namespace heaters::jobs

#pragma once

namespace heaters::jobs {

// schema/postgres/oban_jobs.sql
extern const char* const oban_table_sql;

}  // namespace heaters::jobs

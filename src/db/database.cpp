#include "db/database.h"

#include "db/postgres.h"
#include "db/sqlite.h"

namespace heaters::db {

Statement& Statement::bind(std::int64_t value) {
  driver_->bind_integer(bound_++, value);
  return *this;
}

Statement& Statement::bind(bool value) {
  driver_->bind_boolean(bound_++, value);
  return *this;
}

Statement& Statement::bind(double value) {
  driver_->bind_real(bound_++, value);
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  driver_->bind_text(bound_++, value);
  return *this;
}

Statement& Statement::bind(std::nullopt_t) {
  driver_->bind_null(bound_++);
  return *this;
}

void Statement::run() {
  bound_ = 0;
  driver_->run();
}

std::optional<std::string> Statement::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

std::optional<double> Statement::optional_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional(real(column));
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::vector<std::string> Statement::texts() {
  std::vector<std::string> found;
  while (step()) found.push_back(text(0));
  return found;
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.begin();
}

Transaction::~Transaction() {
  if (is_open_) database_.rollback();
}

void Transaction::commit() {
  // A commit that fails has ended the transaction too.
  is_open_ = false;
  try {
    database_.commit();
  } catch (...) {
    database_.rollback();
    throw;
  }
}

std::string clock_sql(Dialect dialect) {
  return dialect == Dialect::Postgres ? "clock_timestamp()" : "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
}

bool is_postgres_url(std::string_view location) {
  return location.starts_with("postgres://") || location.starts_with("postgresql://");
}

std::unique_ptr<Database> open(const std::string& location) {
  if (is_postgres_url(location)) return std::make_unique<PostgresDatabase>(location);
  return std::make_unique<SqliteDatabase>(location);
}

}  // namespace heaters::db

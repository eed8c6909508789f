#include "db/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>
#include <optional>
#include <system_error>

#include "base/error.h"
#include "base/words.h"

namespace heaters::db {

namespace {

ErrorKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return ErrorKind::Conflict;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return ErrorKind::Exhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::Unavailable;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return ErrorKind::Corrupt;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return ErrorKind::InvalidInput;
    // A write that the disk refused: the usual cause is that it is full, and trying later is right for the
    // others.
    case SQLITE_IOERR:
      return ErrorKind::Exhausted;
    default:
      return ErrorKind::Internal;
  }
}

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

class SqliteStatement : public Statement::Driver {
 public:
  SqliteStatement(const SqliteDatabase& database, sqlite3* connection, sqlite3_stmt* statement)
      : database_(database), connection_(connection), statement_(statement) {}

  void bind_integer(int index, std::int64_t value) override {
    check(sqlite3_bind_int64(statement_.get(), index + 1, value));
  }
  void bind_boolean(int index, bool value) override { bind_integer(index, value ? 1 : 0); }
  void bind_real(int index, double value) override {
    check(sqlite3_bind_double(statement_.get(), index + 1, value));
  }
  void bind_text(int index, std::string_view value) override {
    check(sqlite3_bind_text(statement_.get(), index + 1, value.data(), static_cast<int>(value.size()),
                            SQLITE_TRANSIENT));
  }
  void bind_null(int index) override { check(sqlite3_bind_null(statement_.get(), index + 1)); }

  bool step() override {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    // Reset first: it leaves the message in place and releases the statement's locks.
    sqlite3_reset(statement_.get());
    database_.fail(code, "use");
  }

  void run() override {
    step();
    changes_ = sqlite3_changes64(connection_);
    sqlite3_reset(statement_.get());
  }

  std::int64_t changes() const override { return changes_; }

  bool is_null(int column) const override {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_.get(), column); }
  double real(int column) const override { return sqlite3_column_double(statement_.get(), column); }
  std::string text(int column) const override {
    const void* bytes = sqlite3_column_text(statement_.get(), column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
  }

 private:
  void check(int code) const {
    if (code != SQLITE_OK) database_.fail(code, "bind a value for");
  }

  const SqliteDatabase& database_;
  sqlite3* connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::int64_t changes_ = 0;
};

std::string_view text_of(sqlite3_value* value) {
  const auto* const bytes = static_cast<const char*>(static_cast<const void*>(sqlite3_value_text(value)));
  return bytes == nullptr ? std::string_view()
                          : std::string_view(bytes, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

// has_words(text, typed): see WordQuery. What was typed is read once a statement.
void has_words(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  try {
    constexpr int typed = 1;
    using Query = std::optional<WordQuery>;
    const auto* query = static_cast<const Query*>(sqlite3_get_auxdata(context, typed));
    std::unique_ptr<Query> parsed;
    if (query == nullptr) {
      parsed = std::make_unique<Query>(WordQuery::parse(text_of(values[typed])));
      query = parsed.get();
    }
    sqlite3_result_int(context, *query && (*query)->matches(text_of(values[0])) ? 1 : 0);
    if (parsed) {
      sqlite3_set_auxdata(context, typed, parsed.release(),
                          [](void* kept) { std::default_delete<Query>()(static_cast<Query*>(kept)); });
    }
  } catch (...) {
    sqlite3_result_error_nomem(context);
  }
}

}  // namespace

void SqliteDatabase::Close::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

SqliteDatabase::SqliteDatabase(std::filesystem::path path) : path_(std::move(path)) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &connection,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK) fail(code, "open");
  sqlite3_extended_result_codes(connection_.get(), 1);
  constexpr int busy_timeout_ms = 30'000;
  sqlite3_busy_timeout(connection_.get(), busy_timeout_ms);
  const int made =
      sqlite3_create_function_v2(connection_.get(), "has_words", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                 nullptr, has_words, nullptr, nullptr, nullptr);
  if (made != SQLITE_OK) fail(made, "open");
  SqliteDatabase::execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
}

SqliteDatabase::~SqliteDatabase() = default;

void SqliteDatabase::execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, "change");
}

Statement SqliteDatabase::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) fail(code, "prepare a statement for");
  return Statement(std::make_unique<SqliteStatement>(*this, connection_.get(), statement));
}

void SqliteDatabase::begin() {
  execute("BEGIN IMMEDIATE");
}

void SqliteDatabase::commit() {
  execute("COMMIT");
}

void SqliteDatabase::rollback() noexcept {
  // Without an error: SQLite has already rolled back by itself when the disk is full.
  sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void SqliteDatabase::fail(int code, std::string_view attempt) const {
  std::string reason = connection_ ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
  if (const int cause = connection_ ? sqlite3_system_errno(connection_.get()) : 0;
      cause != 0 && (code & 0xff) == SQLITE_IOERR) {
    reason += fmt::format(" ({})", std::generic_category().message(cause));
  }
  throw Error(kind_of(code), fmt::format("{} database \"{}\": {}", attempt, path_.string(), reason));
}

}  // namespace heaters::db

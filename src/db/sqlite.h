#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace heaters::db {

class Statement;

// One connection to an SQLite file: WAL, every commit synced, foreign keys on, waits up to 30 s for another
// writer. Not thread-safe: one connection per thread. Every failure throws Error naming the file: Exhausted
// on a full disk, Conflict on a broken constraint, Corrupt when the file is no database.
class Database {
 public:
  // Creates the file when it does not exist.
  explicit Database(std::filesystem::path path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs one or more statements that give no rows.
  void execute(const std::string& sql);

  // The database must outlive the statement.
  Statement prepare(std::string_view sql);

 private:
  friend class Statement;
  [[noreturn]] void fail(int code, std::string_view attempt) const;

  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> connection_;
};

// A prepared statement. Parameters are bound in the order of the question marks:
//
//   Statement select = db.prepare("SELECT name FROM t WHERE id = ?");
//   select.bind(7);
//   while (select.step()) use(select.text(0));
class Statement {
 public:
  Statement(Statement&&) noexcept = default;

  Statement& bind(std::int64_t value);
  Statement& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
  Statement& bind(bool value) { return bind(static_cast<std::int64_t>(value ? 1 : 0)); }
  Statement& bind(double value);
  Statement& bind(std::string_view value);
  Statement& bind(const std::string& value) { return bind(std::string_view(value)); }
  Statement& bind(const char* value) { return bind(std::string_view(value)); }
  Statement& bind(std::nullopt_t);
  template <typename T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind(std::nullopt);
  }

  // Whether there is a (next) row.
  bool step();
  // For statements that give no rows; the statement can be bound and run again.
  void run();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;

 private:
  friend class Database;
  Statement(const Database& database, sqlite3_stmt* statement)
      : database_(&database), statement_(statement) {}

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};

// Everything between construction and commit() happens or nothing does. Takes the write lock at once.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool is_open_ = true;
};

}  // namespace heaters::db

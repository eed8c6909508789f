#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heaters::db {

enum class Dialect { Sqlite, Postgres };

// A prepared statement. Parameters are bound in the order of the question marks, on both databases:
//
//   Statement select = db.prepare("SELECT name FROM t WHERE id = ?");
//   select.bind(7);
//   while (select.step()) use(select.text(0));
//
// The database must outlive it. Throws Error as its Database does.
class Statement {
 public:
  // What a database implements; indices of parameters and columns count from 0.
  class Driver {
   public:
    virtual ~Driver() = default;
    virtual void bind_integer(int index, std::int64_t value) = 0;
    virtual void bind_boolean(int index, bool value) = 0;
    virtual void bind_real(int index, double value) = 0;
    virtual void bind_text(int index, std::string_view value) = 0;
    virtual void bind_null(int index) = 0;
    // Runs at the first call; whether there is a (next) row.
    virtual bool step() = 0;
    virtual void run() = 0;
    virtual std::int64_t changes() const = 0;
    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual double real(int column) const = 0;
    virtual std::string text(int column) const = 0;
  };

  explicit Statement(std::unique_ptr<Driver> driver) : driver_(std::move(driver)) {}

  Statement& bind(std::int64_t value);
  Statement& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
  Statement& bind(bool value);
  Statement& bind(double value);
  Statement& bind(std::string_view value);
  Statement& bind(const std::string& value) { return bind(std::string_view(value)); }
  Statement& bind(const char* value) { return bind(std::string_view(value)); }
  Statement& bind(std::nullopt_t);
  template <typename T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind(std::nullopt);
  }

  bool step() { return driver_->step(); }
  // For statements that give no rows; the statement can be bound and run again.
  void run();
  // Rows that the last run() changed; not within a Batch.
  std::int64_t changes() const { return driver_->changes(); }

  bool is_null(int column) const { return driver_->is_null(column); }
  // Booleans are 0 and 1.
  std::int64_t integer(int column) const { return driver_->integer(column); }
  double real(int column) const { return driver_->real(column); }
  // Times are ISO 8601 in UTC, with a Z at the end.
  std::string text(int column) const { return driver_->text(column); }
  std::optional<std::string> optional_text(int column) const;
  std::optional<double> optional_real(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  // The first column of all rows that are left.
  std::vector<std::string> texts();

 private:
  std::unique_ptr<Driver> driver_;
  int bound_ = 0;
};

// One connection to a database, SQLite or PostgreSQL. Not thread-safe: one connection per thread. Failures
// throw Error: Conflict on a broken constraint, Unavailable when the server does not answer or another writer
// does not finish, Exhausted on a full disk, Corrupt when the file is no database. A connection that was lost
// is made again at the next use outside a transaction.
class Database {
 public:
  virtual ~Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  virtual Dialect dialect() const = 0;

  // False when the connection was found lost: what failed failed for that.
  virtual bool is_connected() const { return true; }

  // Runs one or more statements that give no rows and have no parameters.
  virtual void execute(const std::string& sql) = 0;

  virtual Statement prepare(std::string_view sql) = 0;
  // For statements whose best plan depends on what is bound: each run is planned anew, and the server keeps
  // nothing of it.
  virtual Statement prepare_once(std::string_view sql) { return prepare(sql); }

  virtual void begin() = 0;
  virtual void commit() = 0;
  // Never throws: a transaction that cannot be rolled back is gone with its connection.
  virtual void rollback() noexcept = 0;

  // See Batch.
  virtual void begin_batch() {}
  virtual void finish_batch() {}
  virtual void abandon_batch() noexcept {}

 protected:
  Database() = default;
};

// Everything between construction and commit() happens or nothing does. On SQLite it takes the write lock at
// once.
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

// Many run() calls without waiting for the server after each: they are sent as one stream, and finish()
// throws the first failure. Only run() is allowed meanwhile. Use inside a Transaction.
class Batch {
 public:
  explicit Batch(Database& database) : database_(database) { database_.begin_batch(); }
  ~Batch() {
    if (is_open_) database_.abandon_batch();
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  void finish() {
    is_open_ = false;
    database_.finish_batch();
  }

 private:
  Database& database_;
  bool is_open_ = true;
};

// SQL for the time now by the database's own clock, in the form in which its times are kept.
std::string clock_sql(Dialect dialect);

// Whether a location is a PostgreSQL URL rather than the path of an SQLite file.
bool is_postgres_url(std::string_view location);

// Opens a database by its location: a `postgres://` or `postgresql://` URL, or the path of an SQLite file,
// which is created.
std::unique_ptr<Database> open(const std::string& location);

}  // namespace heaters::db

#pragma once

#include <filesystem>

#include "db/database.h"

struct sqlite3;

namespace heaters::db {

// One connection to an SQLite file: WAL, every commit synced, foreign keys on, waits up to 30 s for another
// writer. Its SQL has the function has_words(text, typed), which is WordQuery's.
class SqliteDatabase : public Database {
 public:
  // Creates the file when it does not exist.
  explicit SqliteDatabase(std::filesystem::path path);
  ~SqliteDatabase() override;

  Dialect dialect() const override { return Dialect::Sqlite; }
  void execute(const std::string& sql) override;
  Statement prepare(std::string_view sql) override;
  void begin() override;
  void commit() override;
  void rollback() noexcept override;

  const std::filesystem::path& path() const { return path_; }

  // Throws the Error for an SQLite result code.
  [[noreturn]] void fail(int code, std::string_view attempt) const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace heaters::db

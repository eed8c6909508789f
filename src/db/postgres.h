#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "db/database.h"

struct pg_conn;
struct pg_result;

namespace heaters::db {

// A message that another connection sent by NOTIFY.
struct Notification {
  std::string channel;
  std::string payload;
};

// One connection to a PostgreSQL server (14 or newer), in UTC, with our tables in the schema `heaters` before
// `public` on the search path. Statements are prepared once per connection. A transaction in which nothing is
// asked for 30 s is ended by the server, and so is, after 35 s, a connection whose machine does not answer:
// nobody waits longer for their locks. What the URL holds besides host and database name, a password above
// all, appears in no error.
class PostgresDatabase : public Database {
 public:
  explicit PostgresDatabase(std::string url);
  ~PostgresDatabase() override;

  Dialect dialect() const override { return Dialect::Postgres; }
  bool is_connected() const override;
  void execute(const std::string& sql) override;
  Statement prepare(std::string_view sql) override;
  Statement prepare_once(std::string_view sql) override;
  void begin() override;
  void commit() override;
  void rollback() noexcept override;
  void begin_batch() override;
  void finish_batch() override;
  void abandon_batch() noexcept override;

  // LISTEN on a channel, now and after every reconnection.
  void listen(const std::string& channel);
  // What has arrived. Does not wait. A lost connection is made again, as far as the server answers.
  std::vector<Notification> notifications();
  // To poll(2) for the arrival of notifications; -1 while there is no connection.
  int socket() const;
  // Counts connections made: notifications may have been missed when it changes.
  int generation() const { return generation_; }

 private:
  friend class PostgresStatement;
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  struct Clear {
    void operator()(pg_result* result) const;
  };
  using Result = std::unique_ptr<pg_result, Clear>;

  void connect();
  void ensure_connected();
  // The name under which the statement is prepared on this connection.
  const std::string& prepared(const std::string& sql);
  Result check(pg_result* result, std::string_view attempt);
  [[noreturn]] void fail(const pg_result* result, std::string_view attempt);
  Result run_prepared(const std::string& sql, const std::vector<std::optional<std::string>>& parameters);
  Result run_once(const std::string& sql, const std::vector<std::optional<std::string>>& parameters);
  void queue_prepared(const std::string& sql, const std::vector<std::optional<std::string>>& parameters);
  void drain_batch();

  std::string url_;
  std::string name_;  // for messages
  std::unique_ptr<pg_conn, Finish> connection_;
  std::map<std::string, std::string, std::less<>> prepared_;
  std::vector<std::string> channels_;
  bool in_transaction_ = false;
  bool in_batch_ = false;
  int queued_ = 0;
  int generation_ = 0;
};

// The text form of a PostgreSQL array, for binding: {"a","b"}.
std::string array_literal(const std::vector<std::string>& elements);
std::string array_literal(const std::vector<std::int64_t>& elements);
// Reads the text form of a one-dimensional array; NULL elements become empty.
std::vector<std::string> parse_array_literal(std::string_view text);

}  // namespace heaters::db

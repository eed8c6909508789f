#include "db/postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/ascii.h"
#include "base/check.h"
#include "base/error.h"

namespace heaters::db {

namespace {

constexpr int batch_window =
    128;  // statements in flight: what is sent and answered stays below socket buffers

ErrorKind kind_of(std::string_view state) {
  if (state.starts_with("23")) return ErrorKind::Conflict;
  if (state == "53100" || state == "53200") return ErrorKind::Exhausted;  // disk full, out of memory
  // Connection, resources, operator intervention, serialization, locks, a transaction left alone for too
  // long: trying again is right.
  for (const std::string_view prefix : {"08", "53", "57", "40", "55", "58", "25P03", "25P04"}) {
    if (state.starts_with(prefix)) return ErrorKind::Unavailable;
  }
  // Wrong password, no such database or role, no privilege.
  if (state.starts_with("28") || state.starts_with("3D") || state == "42501") return ErrorKind::InvalidInput;
  return ErrorKind::Internal;
}

// libpq's messages end in a newline and may have some inside.
std::string one_line(const char* message) {
  std::string line(trimmed(message == nullptr ? "" : message));
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

// Host and database of a URL; nothing that is secret. Throws InvalidInput for what libpq cannot parse.
std::string describe(const std::string& url) {
  char* message = nullptr;
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(url.c_str(), &message),
                                                                       PQconninfoFree);
  // libpq's text would repeat parts of the URL.
  PQfreemem(message);
  if (!options)
    throw Error(ErrorKind::InvalidInput, "open the database: its URL is not a valid postgres:// URL");
  std::string host = "localhost";
  std::string name = "its default";
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    if (std::strcmp(option->keyword, "host") == 0) host = option->val;
    if (std::strcmp(option->keyword, "dbname") == 0) name = option->val;
  }
  return fmt::format("\"{}\" on {}", name, host);
}

// Question marks outside quotes become $1, $2, ...
std::string numbered(std::string_view sql) {
  std::string text;
  int next = 1;
  char quote = '\0';
  for (const char c : sql) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '?') {
      text += '$';
      text += std::to_string(next++);
      continue;
    }
    text += c;
  }
  return text;
}

constexpr unsigned timestamp_type = 1114;
constexpr unsigned timestamptz_type = 1184;

// Times as iso_time() reads them, and our tables before others of their names. Statements are not compiled:
// that costs more than any of ours takes. The last five are the server's side of what connect() asks of
// libpq: without them the locks of a machine that is cut off or frozen within a transaction stay taken for
// the two hours of TCP's own keepalive, and everybody waits. Set by statements, and so whatever the URL or
// the role has: poolers refuse options at the start of a connection.
constexpr const char* connection_settings =
    "SET TIME ZONE 'UTC'; SET search_path = heaters, public; SET datestyle = ISO; SET jit = off; "
    "SET idle_in_transaction_session_timeout = '30s'; "
    "SET tcp_keepalives_idle = 20; "
    "SET tcp_keepalives_interval = 5; "
    "SET tcp_keepalives_count = 3; "
    "SET tcp_user_timeout = 15000";

// "2026-11-24 08:52:02.123456" or the same with "+00", as ISO 8601.
std::string iso_time(std::string text) {
  if (const auto plus = text.find('+', 10); plus != std::string::npos) text.resize(plus);
  if (text.size() > 10) text[10] = 'T';
  return text + "Z";
}

}  // namespace

class PostgresStatement : public Statement::Driver {
 public:
  enum class Plan { Kept, MadeForEachRun };
  PostgresStatement(PostgresDatabase& database, std::string sql, Plan plan)
      : database_(database), sql_(std::move(sql)), plan_(plan) {}

  void bind_integer(int index, std::int64_t value) override { set(index, std::to_string(value)); }
  void bind_boolean(int index, bool value) override { set(index, value ? "1" : "0"); }
  void bind_real(int index, double value) override { set(index, fmt::format("{}", value)); }
  void bind_text(int index, std::string_view value) override { set(index, std::string(value)); }
  void bind_null(int index) override { set(index, std::nullopt); }

  bool step() override {
    if (!result_) {
      result_ = answer();
      row_ = -1;
    }
    return ++row_ < PQntuples(result_.get());
  }

  void run() override {
    if (database_.in_batch_) {
      HEATERS_CHECK(plan_ == Plan::Kept);
      database_.queue_prepared(sql_, parameters_);
      return;
    }
    result_ = answer();
    const char* count = PQcmdTuples(result_.get());
    changes_ = 0;
    std::from_chars(count, count + std::strlen(count), changes_);
    result_.reset();
  }

  std::int64_t changes() const override { return changes_; }
  bool is_null(int column) const override { return PQgetisnull(result_.get(), row_, column) != 0; }
  std::int64_t integer(int column) const override {
    const std::string_view value = PQgetvalue(result_.get(), row_, column);
    if (value == "t") return 1;
    std::int64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
  }
  double real(int column) const override {
    const std::string_view value = PQgetvalue(result_.get(), row_, column);
    double number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
  }
  std::string text(int column) const override {
    std::string value(PQgetvalue(result_.get(), row_, column),
                      static_cast<std::size_t>(PQgetlength(result_.get(), row_, column)));
    const unsigned type = PQftype(result_.get(), column);
    const bool is_time = type == timestamp_type || type == timestamptz_type;
    return is_time && !value.empty() ? iso_time(std::move(value)) : value;
  }

 private:
  PostgresDatabase::Result answer() {
    return plan_ == Plan::Kept ? database_.run_prepared(sql_, parameters_)
                               : database_.run_once(sql_, parameters_);
  }
  void set(int index, std::optional<std::string> value) {
    const auto at = static_cast<std::size_t>(index);
    if (parameters_.size() <= at) parameters_.resize(at + 1);
    parameters_[at] = std::move(value);
  }

  PostgresDatabase& database_;
  std::string sql_;
  Plan plan_;
  std::vector<std::optional<std::string>> parameters_;
  PostgresDatabase::Result result_;
  int row_ = -1;
  std::int64_t changes_ = 0;
};

void PostgresDatabase::Finish::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

void PostgresDatabase::Clear::operator()(pg_result* result) const {
  PQclear(result);
}

PostgresDatabase::PostgresDatabase(std::string url) : url_(std::move(url)), name_(describe(url_)) {
  connect();
}

PostgresDatabase::~PostgresDatabase() = default;

void PostgresDatabase::connect() {
  // What the URL says comes later and wins.
  const char* keywords[] = {"connect_timeout",  "keepalives_idle",  "keepalives_interval",
                            "keepalives_count", "tcp_user_timeout", "fallback_application_name",
                            "client_encoding",  "dbname",           nullptr};
  const char* values[] = {"10", "20", "5", "3", "15000", "heaters", "UTF8", url_.c_str(), nullptr};
  prepared_.clear();
  in_transaction_ = in_batch_ = false;
  connection_.reset(PQconnectdbParams(keywords, values, 1));
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    const std::string reason = one_line(PQerrorMessage(connection_.get()));
    connection_.reset();
    const bool is_refusal = reason.find("authentication failed") != std::string::npos ||
                            reason.find("does not exist") != std::string::npos;
    throw Error(is_refusal ? ErrorKind::InvalidInput : ErrorKind::Unavailable,
                fmt::format("connect to database {}: {}", name_, reason));
  }
  PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
  ++generation_;
  execute(connection_settings);
  for (const std::string& channel : channels_) execute("LISTEN \"" + channel + "\"");
}

bool PostgresDatabase::is_connected() const {
  return connection_ && PQstatus(connection_.get()) == CONNECTION_OK;
}

void PostgresDatabase::ensure_connected() {
  if (is_connected()) return;
  if (in_transaction_) {
    throw Error(ErrorKind::Unavailable, fmt::format("use database {}: the connection was lost", name_));
  }
  connect();
}

void PostgresDatabase::fail(const pg_result* result, std::string_view attempt) {
  const char* state = result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  const char* primary = result != nullptr ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : nullptr;
  const std::string reason = primary != nullptr ? primary : one_line(PQerrorMessage(connection_.get()));
  // No SQLSTATE: the answer never came.
  const ErrorKind kind = state != nullptr ? kind_of(state) : ErrorKind::Unavailable;
  throw Error(kind, fmt::format("{} database {}: {}", attempt, name_, reason));
}

PostgresDatabase::Result PostgresDatabase::check(pg_result* raw, std::string_view attempt) {
  Result result(raw);
  const ExecStatusType status = PQresultStatus(raw);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return result;
  fail(raw, attempt);
}

void PostgresDatabase::execute(const std::string& sql) {
  ensure_connected();
  check(PQexec(connection_.get(), sql.c_str()), "change");
}

Statement PostgresDatabase::prepare(std::string_view sql) {
  return Statement(std::make_unique<PostgresStatement>(*this, numbered(sql), PostgresStatement::Plan::Kept));
}

Statement PostgresDatabase::prepare_once(std::string_view sql) {
  return Statement(
      std::make_unique<PostgresStatement>(*this, numbered(sql), PostgresStatement::Plan::MadeForEachRun));
}

const std::string& PostgresDatabase::prepared(const std::string& sql) {
  const auto known = prepared_.find(sql);
  if (known != prepared_.end()) return known->second;
  std::string name = "s" + std::to_string(prepared_.size());
  check(PQprepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr), "prepare a statement for");
  return prepared_.emplace(sql, std::move(name)).first->second;
}

namespace {
std::vector<const char*> pointers(const std::vector<std::optional<std::string>>& parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  return values;
}
}  // namespace

PostgresDatabase::Result PostgresDatabase::run_prepared(
    const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
  HEATERS_CHECK(!in_batch_);
  ensure_connected();
  const std::string& name = prepared(sql);
  const auto values = pointers(parameters);
  return check(PQexecPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                              nullptr, nullptr, 0),
               "use");
}

PostgresDatabase::Result PostgresDatabase::run_once(
    const std::string& sql, const std::vector<std::optional<std::string>>& parameters) {
  HEATERS_CHECK(!in_batch_);
  ensure_connected();
  const auto values = pointers(parameters);
  return check(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                            values.data(), nullptr, nullptr, 0),
               "use");
}

void PostgresDatabase::begin() {
  ensure_connected();
  execute("BEGIN");
  in_transaction_ = true;
}

void PostgresDatabase::commit() {
  execute("COMMIT");
  in_transaction_ = false;
}

void PostgresDatabase::rollback() noexcept {
  in_transaction_ = false;
  if (!is_connected()) return;
  if (PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
  const Result result(PQexec(connection_.get(), "ROLLBACK"));
  // A connection in an unknown state is not used again.
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) connection_.reset();
}

void PostgresDatabase::begin_batch() {
  in_batch_ = true;
  queued_ = 0;
}

void PostgresDatabase::queue_prepared(const std::string& sql,
                                      const std::vector<std::optional<std::string>>& parameters) {
  if (PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF || !prepared_.contains(sql)) {
    // Preparing waits for the server: once per statement.
    drain_batch();
    prepared(sql);
    if (PQenterPipelineMode(connection_.get()) != 1) fail(nullptr, "use");
  }
  const auto values = pointers(parameters);
  const std::string& name = prepared_.find(sql)->second;
  if (PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                          nullptr, nullptr, 0) != 1) {
    fail(nullptr, "use");
  }
  if (++queued_ >= batch_window) drain_batch();
}

void PostgresDatabase::drain_batch() {
  if (PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF) return;
  if (PQpipelineSync(connection_.get()) != 1) fail(nullptr, "use");
  Result failure;
  for (bool is_synced = false; !is_synced;) {
    Result result(PQgetResult(connection_.get()));
    if (!result) {
      if (PQstatus(connection_.get()) != CONNECTION_OK) fail(nullptr, "use");
      continue;  // the end of one statement's results
    }
    const ExecStatusType status = PQresultStatus(result.get());
    is_synced = status == PGRES_PIPELINE_SYNC;
    if (status == PGRES_FATAL_ERROR && !failure) failure = std::move(result);
  }
  queued_ = 0;
  PQexitPipelineMode(connection_.get());
  if (failure) fail(failure.get(), "use");
}

void PostgresDatabase::finish_batch() {
  in_batch_ = false;
  drain_batch();
}

void PostgresDatabase::abandon_batch() noexcept {
  in_batch_ = false;
  // Unread answers are in the way of a rollback: the connection is given up, and with it the transaction.
  if (connection_ && PQpipelineStatus(connection_.get()) != PQ_PIPELINE_OFF) connection_.reset();
}

void PostgresDatabase::listen(const std::string& channel) {
  channels_.push_back(channel);
  execute("LISTEN \"" + channel + "\"");
}

std::vector<Notification> PostgresDatabase::notifications() {
  ensure_connected();
  std::vector<Notification> found;
  if (PQconsumeInput(connection_.get()) != 1) {
    connect();
    return found;
  }
  while (std::unique_ptr<PGnotify, decltype(&PQfreemem)> notification{PQnotifies(connection_.get()),
                                                                      PQfreemem}) {
    found.push_back({notification->relname, notification->extra});
  }
  return found;
}

int PostgresDatabase::socket() const {
  return connection_ ? PQsocket(connection_.get()) : -1;
}

std::string array_literal(const std::vector<std::string>& elements) {
  std::string text = "{";
  for (const std::string& element : elements) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : element) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

std::string array_literal(const std::vector<std::int64_t>& elements) {
  std::string text = "{";
  for (const std::int64_t element : elements) {
    if (text.size() > 1) text += ',';
    text += std::to_string(element);
  }
  return text + "}";
}

std::vector<std::string> parse_array_literal(std::string_view text) {
  std::vector<std::string> elements;
  if (text.size() < 2 || text.front() != '{' || text == "{}") return elements;
  std::string element;
  bool is_quoted = false;
  bool was_quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (is_quoted) {
      if (c == '\\' && i + 1 < text.size()) {
        element += text[++i];
      } else if (c == '"') {
        is_quoted = false;
      } else {
        element += c;
      }
    } else if (c == '"') {
      is_quoted = was_quoted = true;
    } else if (c == ',' || c == '}') {
      elements.push_back(!was_quoted && element == "NULL" ? std::string() : element);
      element.clear();
      was_quoted = false;
    } else {
      element += c;
    }
  }
  return elements;
}

}  // namespace heaters::db

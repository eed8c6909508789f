#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace heaters {

// What went wrong, as far as a caller can act on it. Closed: retry policy, HTTP status and exit code are all
// functions of the kind and of nothing else.
enum class ErrorKind {
  InvalidInput,  // the request makes no sense: a flag, a file that is no video
  Unsupported,   // understood, but not something we handle
  Corrupt,       // claims to be something it is not, or is damaged
  NotFound,      // the thing named does not exist
  Conflict,      // it exists, but its state forbids the operation
  Unavailable,   // something we depend on does not answer now
  Exhausted,     // out of disk, memory, or another bounded resource
  Cancelled,     // somebody asked us to stop
  Internal,      // a bug of ours
};

// Lower-case word for logs and JSON, e.g. "invalid_input".
std::string_view to_string(ErrorKind kind);

// Reads it back; Internal for what is none.
ErrorKind parse_error_kind(std::string_view text);

// The process exit code of a command that failed with this kind (the table is in ARCHITECTURE.md).
int exit_code(ErrorKind kind);

// A failure. The message says what was attempted, on what, and why it did not work:
// `open "a.mp4": no such file`; what is secret is left out (base/redaction.h). Immutable; safe to copy
// between threads.
class Error : public std::runtime_error {
 public:
  // `retry_after`: when it was said that trying again makes sense then.
  Error(ErrorKind kind, const std::string& message,
        std::optional<std::chrono::seconds> retry_after = std::nullopt);
  ErrorKind kind() const { return kind_; }
  std::optional<std::chrono::seconds> retry_after() const { return retry_after_; }

 private:
  ErrorKind kind_;
  std::optional<std::chrono::seconds> retry_after_;
};

// The Error for a failed system call: `<attempt>: <strerror(code)>`, with the kind that errno value stands
// for (ENOENT is NotFound, ENOSPC/EDQUOT/EFBIG/ENOMEM Exhausted, EACCES InvalidInput, ...).
Error system_error(int code, const std::string& attempt);

// Any exception as an Error: itself when it is one, the failed call of a filesystem_error, Exhausted for
// bad_alloc, and Internal for what nobody expected.
Error to_error(const std::exception& exception);

}  // namespace heaters

#include "base/error.h"

#include <cerrno>
#include <filesystem>
#include <new>
#include <system_error>

#include "base/check.h"
#include "base/redaction.h"

namespace heaters {

Error::Error(ErrorKind kind, const std::string& message, std::optional<std::chrono::seconds> retry_after)
    : std::runtime_error(redacted(message)), kind_(kind), retry_after_(retry_after) {}

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::InvalidInput:
      return "invalid_input";
    case ErrorKind::Unsupported:
      return "unsupported";
    case ErrorKind::Corrupt:
      return "corrupt";
    case ErrorKind::NotFound:
      return "not_found";
    case ErrorKind::Conflict:
      return "conflict";
    case ErrorKind::Unavailable:
      return "unavailable";
    case ErrorKind::Exhausted:
      return "exhausted";
    case ErrorKind::Cancelled:
      return "cancelled";
    case ErrorKind::Internal:
      return "internal";
  }
  HEATERS_CHECK(false);
}

ErrorKind parse_error_kind(std::string_view text) {
  for (const ErrorKind kind :
       {ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::Corrupt, ErrorKind::NotFound,
        ErrorKind::Conflict, ErrorKind::Unavailable, ErrorKind::Exhausted, ErrorKind::Cancelled}) {
    if (to_string(kind) == text) return kind;
  }
  return ErrorKind::Internal;
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::NotFound:
    case ErrorKind::Conflict:
      return 1;
    case ErrorKind::InvalidInput:
    case ErrorKind::Unsupported:
    case ErrorKind::Corrupt:
      return 2;
    case ErrorKind::Internal:
      return 70;
    case ErrorKind::Unavailable:
    case ErrorKind::Exhausted:
      return 75;
    case ErrorKind::Cancelled:
      return 130;
  }
  HEATERS_CHECK(false);
}

namespace {

ErrorKind kind_of_errno(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::NotFound;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return ErrorKind::Exhausted;
    case EACCES:
    case EPERM:
    case EROFS:
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
      return ErrorKind::InvalidInput;
    default:
      return ErrorKind::Unavailable;
  }
}

}  // namespace

Error system_error(int code, const std::string& attempt) {
  return {kind_of_errno(code), attempt + ": " + std::generic_category().message(code)};
}

Error to_error(const std::exception& exception) {
  if (const auto* error = dynamic_cast<const Error*>(&exception)) return *error;
  if (const auto* failed = dynamic_cast<const std::filesystem::filesystem_error*>(&exception)) {
    const std::string path = failed->path1().string();
    return system_error(failed->code().value(),
                        path.empty() ? "use the file system" : "use \"" + path + "\"");
  }
  if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr)
    return {ErrorKind::Exhausted, "out of memory"};
  return {ErrorKind::Internal, std::string("unexpected failure: ") + exception.what()};
}

}  // namespace heaters

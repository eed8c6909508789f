#include "base/trace.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace heaters {

namespace {

constexpr std::size_t id_length = 32;

std::string& trace_of_thread() {
  thread_local std::string trace;
  return trace;
}

bool is_trace_id(std::string_view text) {
  return text.size() == id_length && text.find_first_not_of("0123456789abcdef") == text.npos &&
         text.find_first_not_of('0') != text.npos;
}

}  // namespace

std::string new_trace_id() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, id_length / 2> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw system_error(errno, "read random bytes for a trace");
  bytes.front() |= 1;  // never all zero
  std::string id;
  id.reserve(id_length);
  for (const unsigned char byte : bytes) {
    id += digits[byte >> 4];
    id += digits[byte & 15];
  }
  return id;
}

const std::string& current_trace() {
  return trace_of_thread();
}

std::string current_or_new_trace() {
  return current_trace().empty() ? new_trace_id() : current_trace();
}

TraceScope::TraceScope(std::string id)
    : outer_(std::exchange(trace_of_thread(), is_trace_id(id) ? std::move(id) : new_trace_id())) {}

TraceScope::~TraceScope() {
  trace_of_thread() = std::move(outer_);
}

std::optional<std::string> trace_of_traceparent(std::string_view header) {
  // Version, trace, parent, flags; later versions may have more behind.
  constexpr std::size_t at = 3;
  constexpr std::size_t least = 55;
  if (header.size() < least || header[2] != '-' || header[at + id_length] != '-' || header.starts_with("ff"))
    return std::nullopt;
  const std::string_view id = header.substr(at, id_length);
  return is_trace_id(id) ? std::optional(std::string(id)) : std::nullopt;
}

}  // namespace heaters

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace heaters {

// What belongs together, across processes and machines: a request, the jobs that it leads to, and theirs. A
// trace has an id as W3C Trace Context has it: 32 lower case hexadecimal digits, not all of them 0.
std::string new_trace_id();

// Of the thread; empty: none.
const std::string& current_trace();

// For what begins outside of any.
std::string current_or_new_trace();

// The thread works on this trace for as long as the object lives. What is no id of a trace becomes a new one.
class TraceScope {
 public:
  explicit TraceScope(std::string id);
  ~TraceScope();
  TraceScope(const TraceScope&) = delete;
  TraceScope& operator=(const TraceScope&) = delete;

 private:
  std::string outer_;
};

// The trace that a `traceparent` header names ("00-<trace>-<span>-<flags>"); nullopt when it is malformed.
std::optional<std::string> trace_of_traceparent(std::string_view header);

}  // namespace heaters

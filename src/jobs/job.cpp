#include "jobs/job.h"

#include <array>

#include "base/error.h"
#include "base/json.h"

namespace heaters::jobs {

namespace {
constexpr std::array<std::string_view, 8> names = {"available", "scheduled", "executing", "retryable",
                                                   "completed", "cancelled", "discarded", "suspended"};
constexpr const char* trace_key = "trace_id";
}  // namespace

std::string_view to_string(JobState state) {
  return names[static_cast<std::size_t>(state)];
}

std::optional<JobState> parse_job_state(std::string_view text) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<JobState>(i);
  }
  return std::nullopt;
}

std::string trace_of(const Job& job) {
  const Json meta = Json::parse(job.meta_json, nullptr, false);
  const auto trace = meta.is_object() ? meta.find(trace_key) : meta.end();
  return meta.is_object() && trace != meta.end() && trace->is_string() ? trace->get<std::string>() : "";
}

std::string stored_meta(const NewJob& job) {
  if (!job.unique_key && !job.node && job.trace.empty()) return job.meta_json;
  Json meta = Json::parse(job.meta_json, nullptr, false);
  if (!meta.is_object()) {
    throw Error(ErrorKind::InvalidInput, "insert a job for " + job.worker + ": its meta is no JSON object");
  }
  if (!job.trace.empty()) meta[trace_key] = job.trace;
  if (job.unique_key) meta["heaters_unique"] = *job.unique_key;
  if (job.node) {
    meta["node"] = *job.node;
    if (job.node_until) meta["node_until"] = format_utc(*job.node_until);
  }
  return meta.dump();
}

}  // namespace heaters::jobs

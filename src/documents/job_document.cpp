#include "documents/job_document.h"

#include "base/redaction.h"

namespace heaters::documents {

namespace {

// Rows of others may hold anything.
Json json_or_text(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(text) : json;
}

}  // namespace

Json job_json(const jobs::Job& job) {
  Json json;
  json["job_id"] = job.id;
  json["state"] = jobs::to_string(job.state);
  json["queue"] = job.queue;
  json["worker"] = job.worker;
  json["args"] = json_or_text(redacted(job.args_json));
  json["meta"] = json_or_text(job.meta_json);
  json["tags"] = job.tags;
  json["attempt"] = job.attempt;
  json["max_attempts"] = job.max_attempts;
  json["priority"] = job.priority;
  json["inserted_at"] = job.inserted_at;
  json["scheduled_at"] = job.scheduled_at;
  json["attempted_at"] = or_null(job.attempted_at);
  json["finished_at"] = or_null(job.finished_at);
  json["node"] = job.attempted_by.empty() ? Json(nullptr) : Json(job.attempted_by.front());
  json["errors"] = Json::array();
  for (const jobs::JobError& error : job.errors) {
    json["errors"].push_back(
        {{"at", error.at}, {"attempt", error.attempt}, {"error", redacted(error.error)}});
  }
  return json;
}

}  // namespace heaters::documents

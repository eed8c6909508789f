#include <fmt/format.h>

#include <charconv>
#include <map>

#include "base/error.h"
#include "documents/job_document.h"
#include "jobs/job_counts.h"
#include "jobs/queue.h"
#include "jobs/queue_settings.h"
#include "stages/chain.h"
#include "stages/export.h"
#include "stages/upkeep.h"
#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

jobs::Job find_job(jobs::Queue& queue, const Request& request) {
  const std::string& text = request.parameter("job_id");
  jobs::JobId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  auto job = error == std::errc() && end == text.data() + text.size() ? queue.find(id) : std::nullopt;
  if (!job) throw Error(ErrorKind::NotFound, fmt::format("find job {}: there is none with that id", text));
  return *std::move(job);
}

Response list(const Request& request, db::Database& database) {
  jobs::JobFilter filter{.queue = query_text(request, "queue").value_or(""),
                         .limit = static_cast<int>(query_integer(request, "limit", 1, 500).value_or(100))};
  if (const auto state = query_text(request, "state")) {
    filter.state = jobs::parse_job_state(*state);
    if (!filter.state) refuse_argument("state", "it is none of a job");
  }
  Json json;
  json["jobs"] = Json::array();
  for (const auto& job : jobs::make_queue(database)->list(filter)) {
    json["jobs"].push_back(documents::job_json(job));
  }
  return json_response(json);
}

[[noreturn]] void refuse(const char* verb, const jobs::Job& job) {
  throw Error(ErrorKind::Conflict,
              fmt::format("{} job {}: it is {}", verb, job.id, jobs::to_string(job.state)));
}

Response retry(const Request& request, db::Database& database) {
  const auto queue = jobs::make_queue(database);
  const jobs::Job job = find_job(*queue, request);
  if (!queue->retry(job.id)) refuse("retry", job);
  return empty_response();
}

Response cancel(const Request& request, db::Database& database) {
  const auto queue = jobs::make_queue(database);
  const jobs::Job job = find_job(*queue, request);
  if (!queue->cancel(job.id)) refuse("cancel", job);
  if (job.state != jobs::JobState::Executing) stages::fail_abandoned_submissions(database);
  return empty_response();
}

Response queues(const Request&, db::Database& database) {
  constexpr int most_counted = 10'000;
  std::map<std::string, std::map<std::string, std::int64_t>> by_queue;
  for (const auto& stage :
       {stages::acquire_stage, stages::ingest_stage, stages::publish_stage, stages::export_stage}) {
    by_queue[stage.queue];
  }
  jobs::make_queue(database);
  for (const auto& count : jobs::count_jobs(database, most_counted)) {
    by_queue[count.queue][std::string(jobs::to_string(count.state))] = count.jobs;
  }
  const auto settings = jobs::QueueSettings(database).all();
  Json json;
  json["queues"] = Json::array();
  for (const auto& [name, states] : by_queue) {
    const auto setting = settings.find(name);
    Json each;
    each["queue"] = name;
    each["is_paused"] = setting != settings.end() && setting->second.is_paused;
    each["max_running"] = setting == settings.end() ? Json(nullptr) : or_null(setting->second.max_running);
    each["jobs"] = Json::object();
    for (const auto& [state, jobs] : states) each["jobs"][state] = jobs;
    json["queues"].push_back(std::move(each));
  }
  return json_response(json);
}

Response set_paused(const Request& request, db::Database& database, bool is_paused) {
  jobs::QueueSettings(database).set_paused(request.parameter("queue"), is_paused);
  return empty_response();
}

}  // namespace

std::vector<Route> job_routes(ApiServices&) {
  const auto route = [](const char* method, const char* path, const char* operation, Needs needs,
                        auto handle) {
    return Route{.method = method, .path = path, .operation = operation, .needs = needs, .handle = handle};
  };
  return {
      route("GET", "/api/v1/jobs", "listJobs", Needs::Reviewer, list),
      route("POST", "/api/v1/jobs/{job_id}/retry", "retryJob", Needs::Admin, retry),
      route("POST", "/api/v1/jobs/{job_id}/cancel", "cancelJob", Needs::Admin, cancel),
      route("GET", "/api/v1/queues", "listQueues", Needs::Reviewer, queues),
      route(
          "POST", "/api/v1/queues/{queue}/pause", "pauseQueue", Needs::Admin,
          [](const Request& request, db::Database& database) { return set_paused(request, database, true); }),
      route("POST", "/api/v1/queues/{queue}/resume", "resumeQueue", Needs::Admin,
            [](const Request& request, db::Database& database) {
              return set_paused(request, database, false);
            }),
  };
}

}  // namespace heaters::web

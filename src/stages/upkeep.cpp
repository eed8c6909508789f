#include "stages/upkeep.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "catalog/exports.h"
#include "catalog/submissions.h"
#include "jobs/queue.h"
#include "stages/origin.h"
#include "storage/keys.h"

namespace heaters::stages {

bool is_unfinished(const jobs::Job& job) {
  return job.state == jobs::JobState::Available || job.state == jobs::JobState::Scheduled ||
         job.state == jobs::JobState::Executing || job.state == jobs::JobState::Retryable;
}

Error reason_of_end(const std::optional<jobs::Job>& job) {
  const bool is_cancelled = !job || job->state == jobs::JobState::Cancelled;
  const ErrorKind kind = is_cancelled ? ErrorKind::Cancelled : ErrorKind::Internal;
  if (job && !job->errors.empty()) return {kind, job->errors.back().error};
  return {kind, is_cancelled ? "cancelled" : "its job ended without a result"};
}

void forget_secrets(db::Database& database, const catalog::VideoId& id) {
  jobs::make_queue(database)->rewrite_args(id.text(), [](const std::string& text) {
    Json args = Json::parse(text, nullptr, false);
    if (!args.is_object() || !args.contains("origin") || !args["origin"].is_string()) return text;
    args["origin"] = printable_origin(args["origin"].get<std::string>());
    return args.dump();
  });
}

int fail_abandoned_submissions(db::Database& database) {
  catalog::Submissions submissions(database);
  const auto queue = jobs::make_queue(database);
  int failed = 0;
  for (const catalog::VideoId& id : submissions.unfinished()) {
    auto job = queue->latest(id.text());
    if (job && is_unfinished(*job)) continue;
    // Asked again where nothing can change meanwhile: the chain may just have ended.
    db::Transaction transaction(database);
    job = queue->latest(id.text());
    const auto submission = submissions.find(id);
    if ((job && is_unfinished(*job)) || !submission || submission->is_finished()) continue;
    submissions.failed(id, reason_of_end(job));
    forget_secrets(database, id);
    transaction.commit();
    ++failed;
  }
  return failed;
}

void remove_objects_of_failed(db::Database& database, storage::Store& store, const catalog::VideoId& id) {
  const auto submission = catalog::Submissions(database).find(id);
  if (!submission || submission->state != "failed" || catalog::Catalog(database).find(id)) return;
  std::vector<std::string> keys;
  for (const auto& object : store.list(storage::video_prefix(id.text()))) keys.push_back(object.key);
  store.remove(keys);
}

void reap_workspace(db::Database& database, storage::Workspace& workspace) {
  catalog::Submissions submissions(database);
  const auto batches = catalog::Exports(database).unfinished_batches();
  workspace.reap([&](const std::string& name) {
    if (std::binary_search(batches.begin(), batches.end(), name)) return true;
    const auto id = catalog::VideoId::parse(name);
    const auto submission = id ? submissions.find(*id) : std::nullopt;
    return submission && !submission->is_finished();
  });
}

}  // namespace heaters::stages

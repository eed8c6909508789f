#include "stages/chain.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "jobs/queue.h"
#include "stages/origin.h"
#include "stages/stage_attempt.h"
#include "stages/upkeep.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::InvalidInput, "read the args of a job: " + why);
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return {};
  if (!found->is_string()) refuse(fmt::format("\"{}\" must be a text", key));
  return found->get<std::string>();
}

// A job that another program inserted becomes one of ours, and a submission.
void adopt(const jobs::Attempt& attempt, ChainArguments& arguments) {
  db::Database& database = attempt.database();
  catalog::Submissions submissions(database);
  if (arguments.video_id && submissions.find(*arguments.video_id)) return;
  db::Transaction transaction(database);
  if (!arguments.video_id) {
    arguments.video_id = catalog::VideoId::make();
    const auto queue = jobs::make_queue(database);
    const jobs::Lease lease = attempt.job.lease();
    if (!queue->adopt(lease, attempt.node, chain_arguments_json(arguments), arguments.video_id->text())) {
      throw Error(ErrorKind::Cancelled,
                  fmt::format("run job {}: it was given to another node", attempt.job.id));
    }
  }
  submissions.add({.video_id = *arguments.video_id,
                   .origin = printable_origin(arguments.origin),
                   .title = arguments.title,
                   .is_copy = arguments.is_copy,
                   .source_key = arguments.source_key});
  transaction.commit();
}

// An operator retried a job that had failed. Whether that was so: then the chain begins again, since what it
// had made is gone and others may have the bytes now.
bool revive(db::Database& database, const catalog::VideoId& id) {
  catalog::Submissions submissions(database);
  const auto found = submissions.find(id);
  if (!found || found->state != "failed") return false;
  submissions.queued(id);
  return true;
}

// The video is there: whatever this job was to do has been done.
jobs::Outcome already_done(const std::shared_ptr<StageAttempt>& attempt) {
  jobs::Outcome outcome{jobs::Completed{}};
  outcome.record = [id = attempt->video_id()](db::Database& database) {
    catalog::Submissions(database).ready(id);
  };
  outcome.after = [attempt] { attempt->discard_folder(); };
  return outcome;
}

void clean_up_failed(StageAttempt& attempt) {
  attempt.discard_folder();
  try {
    remove_objects_of_failed(attempt.database(), *attempt.open_store_for_clean_up(), attempt.video_id());
  } catch (const Error& error) {
    // `heaters gc` finds them.
    log(LogLevel::Warning, "objects.left", {{"video", attempt.video_id().text()}, {"error", error.what()}});
  }
}

// What every end of an attempt records besides what its stage does: the cost, and the failure if it is final.
jobs::Outcome complete(const std::shared_ptr<StageAttempt>& attempt, jobs::Outcome outcome,
                       const std::optional<Error>& failure, const jobs::Job& job) {
  const bool has_failed = is_final_failure(outcome, job);
  const bool is_repeated = failure && !has_failed && std::holds_alternative<jobs::Retry>(outcome.result);
  const auto record = outcome.record;
  outcome.record = [attempt, record, has_failed, is_repeated, failure,
                    end = end_of_attempt(outcome)](db::Database& database) {
    if (record) record(database);
    catalog::Submissions submissions(database);
    if (has_failed) {
      submissions.failed(attempt->video_id(), failure.value_or(Error(ErrorKind::Cancelled, "cancelled")));
    } else if (is_repeated) {
      submissions.note_error(attempt->video_id(), *failure);
    }
    submissions.clear_progress(attempt->video_id());
    catalog::CostLedger(database).add(attempt->cost(end));
  };
  // Whatever a URL may hold that is secret was kept for as long as it was needed.
  const auto* completed = std::get_if<jobs::Completed>(&outcome.result);
  const bool is_over = has_failed || (completed != nullptr && completed->next.empty());
  if (is_over && !path_of_origin(attempt->arguments().origin)) {
    outcome.record = [attempt, record = outcome.record](db::Database& database) {
      record(database);
      forget_secrets(database, attempt->video_id());
    };
  }
  if (has_failed) outcome.after = [attempt] { clean_up_failed(*attempt); };
  return outcome;
}

using StageFunction = std::function<jobs::Outcome(const std::shared_ptr<StageAttempt>&)>;

jobs::Outcome run_stage(StageServices& services, const Stage& stage, const StageFunction& function,
                        const jobs::Attempt& attempt) {
  ChainArguments arguments = parse_chain_arguments(attempt.job.args_json, {.shots = services.ingest.shots});
  adopt(attempt, arguments);
  const std::string own_prefix = storage::video_prefix(arguments.video_id->text());
  if (arguments.source_key && !arguments.source_key->starts_with(own_prefix)) {
    throw Error(ErrorKind::InvalidInput, "run a job: its source_key is another video's");
  }
  const auto run = std::make_shared<StageAttempt>(services, attempt, std::move(arguments), stage);
  if (!run->open_folder()) return {jobs::Snooze{std::chrono::seconds(1)}};
  try {
    if (catalog::Catalog(attempt.database()).find(run->video_id())) {
      return complete(run, already_done(run), std::nullopt, attempt.job);
    }
    const bool was_failed = revive(attempt.database(), run->video_id());
    const bool begins_again = was_failed && std::string_view(stage.queue) != acquire_stage.queue;
    jobs::Outcome outcome = begins_again ? run->begin_again() : function(run);
    return complete(run, std::move(outcome), std::nullopt, attempt.job);
  } catch (const std::exception& exception) {
    const Error error = to_error(exception);
    return complete(run, attempt.outcome_of(error), error, attempt.job);
  }
}

}  // namespace

catalog::AttemptEnd end_of_attempt(const jobs::Outcome& outcome) {
  if (std::holds_alternative<jobs::Retry>(outcome.result) ||
      std::holds_alternative<jobs::Cancel>(outcome.result))
    return catalog::AttemptEnd::Failed;
  const auto* const completed = std::get_if<jobs::Completed>(&outcome.result);
  if (completed == nullptr) return catalog::AttemptEnd::PutOff;
  const bool begins_again =
      std::any_of(completed->next.begin(), completed->next.end(),
                  [](const jobs::NewJob& each) { return each.queue == acquire_stage.queue; });
  return begins_again ? catalog::AttemptEnd::PutOff : catalog::AttemptEnd::Done;
}

bool is_final_failure(const jobs::Outcome& outcome, const jobs::Job& job) {
  if (std::holds_alternative<jobs::Cancel>(outcome.result)) return true;
  return std::holds_alternative<jobs::Retry>(outcome.result) && job.attempt >= job.max_attempts;
}

ChainArguments parse_chain_arguments(const std::string& text, const ChainArguments& defaults) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) refuse("they are no JSON object");
  ChainArguments arguments = defaults;
  if (const std::string id = text_at(json, "video_id"); !id.empty()) {
    arguments.video_id = catalog::VideoId::parse(id);
    if (!arguments.video_id) refuse(fmt::format("\"{}\" is no id of a video", id));
  }
  arguments.origin = text_at(json, "origin");
  if (arguments.origin.empty()) refuse("\"origin\", a path or a URL, is missing");
  arguments.title = text_at(json, "title");
  if (arguments.title.empty()) arguments.title = title_of_origin(arguments.origin);
  try {
    arguments.is_copy = json.value("again", false);
    arguments.shots.threshold = json.value("threshold", arguments.shots.threshold);
    arguments.shots.min_shot = json.value("min_shot", arguments.shots.min_shot);
    arguments.source.bytes = json.value("source_bytes", std::uint64_t{0});
  } catch (const Json::exception&) {
    refuse("\"again\" must be true or false, \"threshold\", \"min_shot\" and \"source_bytes\" numbers");
  }
  if (const std::string key = text_at(json, "source_key"); !key.empty()) arguments.source_key = key;
  if (const std::string path = text_at(json, "source_path"); !path.empty()) {
    arguments.source_path = path_of_origin(path).value_or("");
  }
  arguments.source.sha256 = text_at(json, "source_sha256");
  return arguments;
}

std::string chain_arguments_json(const ChainArguments& arguments) {
  Json json;
  if (arguments.video_id) json["video_id"] = arguments.video_id->text();
  json["origin"] = arguments.origin;
  json["title"] = arguments.title;
  if (arguments.is_copy) json["again"] = true;
  json["threshold"] = arguments.shots.threshold;
  json["min_shot"] = arguments.shots.min_shot;
  if (arguments.source_key) json["source_key"] = *arguments.source_key;
  if (!arguments.source_path.empty()) json["source_path"] = origin_of_path(arguments.source_path);
  if (!arguments.source.sha256.empty()) {
    json["source_bytes"] = arguments.source.bytes;
    json["source_sha256"] = arguments.source.sha256;
  }
  return json.dump();
}

jobs::NewJob chain_job(const Stage& stage, const ChainArguments& arguments,
                       const std::optional<std::string>& node, std::chrono::seconds affinity) {
  jobs::NewJob job{.queue = stage.queue, .worker = stage.worker};
  job.trace = current_or_new_trace();
  job.args_json = chain_arguments_json(arguments);
  job.unique_key = arguments.video_id->text();
  job.node = node;
  if (node) job.node_until = utc_now() + affinity;
  return job;
}

std::string queue_after(const std::string& queue) {
  if (queue == acquire_stage.queue) return ingest_stage.queue;
  if (queue == ingest_stage.queue) return publish_stage.queue;
  return {};
}

std::map<std::string, jobs::Handler> chain_handlers(StageServices& services) {
  const auto handler = [&](const Stage& stage, StageFunction function,
                           std::optional<std::chrono::milliseconds> timeout) {
    return jobs::Handler{
        .run = [&services, stage, function = std::move(function)](
                   const jobs::Attempt& attempt) { return run_stage(services, stage, function, attempt); },
        .timeout = timeout};
  };
  return {{acquire_stage.worker,
           handler(
               acquire_stage, [](const auto& run) { return acquire(run); }, services.acquire_timeout)},
          {ingest_stage.worker,
           handler(
               ingest_stage, [](const auto& run) { return ingest(*run); }, services.ingest_timeout)},
          {publish_stage.worker,
           handler(publish_stage, [](const auto& run) { return publish(run); }, services.publish_timeout)}};
}

}  // namespace heaters::stages

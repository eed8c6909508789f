#include "stages/stage_attempt.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/log.h"
#include "stages/origin.h"

namespace heaters::stages {

StageAttempt::StageAttempt(StageServices& services, const jobs::Attempt& attempt, ChainArguments arguments,
                           const Stage& stage)
    : VideoAttempt(services, attempt, *arguments.video_id, stage), arguments_(std::move(arguments)) {}

jobs::Outcome StageAttempt::hand_over(const Stage& next) {
  // Before the next job can be claimed, by this node in the same moment.
  give_up_folder();
  // A file that only machines like this one have, and no copy in the store: only this node's death frees the
  // job.
  constexpr std::chrono::seconds as_long_as_it_lives = std::chrono::days(365);
  const bool is_only_here = !arguments_.source_key && path_of_origin(arguments_.origin);
  return {jobs::Completed{
      {chain_job(next, arguments_, node(), is_only_here ? as_long_as_it_lives : services().affinity)}}};
}

jobs::Outcome StageAttempt::begin_again() {
  log(LogLevel::Warning, "chain.begins_again", {{"video", video_id().text()}, {"stage", stage().queue}});
  give_up_folder();
  arguments_.source_path.clear();
  jobs::Outcome outcome{
      jobs::Completed{{chain_job(acquire_stage, arguments_, std::nullopt, services().affinity)}}};
  outcome.record = [id = video_id()](db::Database& database) { catalog::Submissions(database).queued(id); };
  return outcome;
}

std::optional<std::filesystem::path> StageAttempt::find_source() {
  std::error_code code;
  const auto bytes = std::filesystem::file_size(arguments_.source_path, code);
  if (!code && bytes == arguments_.source.bytes) return arguments_.source_path;
  if (!arguments_.source_key) return std::nullopt;
  return services().workspace.fetch(store(), *arguments_.source_key, arguments_.source, folder());
}

}  // namespace heaters::stages

#include <fmt/format.h>

#include "base/log.h"
#include "catalog/catalog.h"
#include "stages/source_pass.h"
#include "stages/stage_attempt.h"

namespace heaters::stages {

jobs::Outcome ingest(StageAttempt& attempt) {
  const auto source = attempt.find_source();
  if (!source) return attempt.begin_again();
  const ChainArguments& arguments = attempt.arguments();
  IngestOptions options = attempt.services().ingest;
  options.shots = arguments.shots;
  Manifest manifest =
      run_source_pass(*source, attempt.folder().path(), options, attempt.stop(), attempt.progress_listener());
  catalog::Video& video = manifest.ingested.video;
  video.id = attempt.video_id();
  video.title = arguments.title;
  video.wall_seconds = attempt.wall_seconds();
  video.cpu_seconds = attempt.cpu_seconds();
  manifest.write(attempt.folder().path());
  attempt.count_frames(video.frame_count * video.decode_passes,
                       video.proxy_rung == "encode" ? video.frame_count : 0);
  log(LogLevel::Info, "video.ingested",
      {{"video", video.id.text()},
       {"frames", video.frame_count},
       {"proxy", video.proxy_rung},
       {"cuts", manifest.ingested.cuts.size()},
       {"passes", video.decode_passes}});
  jobs::Outcome outcome = attempt.hand_over(publish_stage);
  outcome.record = [id = video.id](db::Database& database) { catalog::Submissions(database).ingested(id); };
  return outcome;
}

}  // namespace heaters::stages

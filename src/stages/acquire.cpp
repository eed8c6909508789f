#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "catalog/catalog.h"
#include "stages/origin.h"
#include "stages/stage_attempt.h"
#include "stages/url_source.h"

namespace heaters::stages {

namespace fs = std::filesystem;

namespace {

fs::path fetch(StageAttempt& attempt) {
  FetchedSource fetched = fetch_url(attempt);
  if (!fetched.title.empty()) attempt.arguments().title = fetched.title;
  catalog::Submissions(attempt.database())
      .fetched(attempt.video_id(), attempt.arguments().title, fetched.description.dump());
  return fetched.path;
}

// The bytes as a file of this machine.
fs::path locate(StageAttempt& attempt) {
  const ChainArguments& arguments = attempt.arguments();
  const auto path = path_of_origin(arguments.origin);
  std::error_code ignored;
  const bool is_here = path && fs::exists(*path, ignored);
  if (!is_here && arguments.source_key) {
    return attempt.services().workspace.fetch(attempt.store(), *arguments.source_key, arguments.source,
                                              attempt.folder());
  }
  if (!path) return fetch(attempt);
  open_regular_file(*path);
  return *path;
}

FileDigest digest_with_progress(StageAttempt& attempt, const fs::path& path) {
  const auto bytes = static_cast<std::int64_t>(file_size(open_regular_file(path), path));
  ProgressThrottle progress("hash", "bytes", bytes, attempt.progress_listener());
  const FileDigest digest = digest_file(path, attempt.watching(progress));
  progress.finish(static_cast<std::int64_t>(digest.bytes));
  return digest;
}

// Claims the bytes for this video; waits a little for another one that works on the same. False when that one
// takes longer.
bool claim_bytes(StageAttempt& attempt) {
  constexpr int most_tries = 60;
  for (int i = 0; i < most_tries; ++i) {
    attempt.stop_if_asked();
    try {
      db::Transaction transaction(attempt.database());
      const bool is_ours = catalog::Submissions(attempt.database())
                               .acquired(attempt.video_id(), attempt.arguments().source.sha256);
      transaction.commit();
      if (is_ours) return true;
    } catch (const Error& error) {
      // Both asked at the same moment.
      if (error.kind() != ErrorKind::Conflict) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

jobs::Outcome end_as_duplicate(const std::shared_ptr<StageAttempt>& attempt,
                               const catalog::VideoId& original) {
  jobs::Outcome outcome{jobs::Completed{}};
  outcome.record = [id = attempt->video_id(), original](db::Database& database) {
    catalog::Submissions(database).duplicate(id, original);
  };
  outcome.after = [attempt] {
    attempt->discard_folder();
    // Stored before the answer, and now one time too many.
    if (attempt->arguments().source_key) attempt->store().remove(*attempt->arguments().source_key);
  };
  return outcome;
}

}  // namespace

jobs::Outcome acquire(const std::shared_ptr<StageAttempt>& shared) {
  StageAttempt& attempt = *shared;
  const auto submission = catalog::Submissions(attempt.database()).find(attempt.video_id());
  if (submission && submission->state == "duplicate") return {jobs::Completed{}};
  ChainArguments& arguments = attempt.arguments();
  arguments.source_path = locate(attempt);
  const FileDigest found = digest_with_progress(attempt, arguments.source_path);
  if (arguments.source_key && found != arguments.source) {
    // A file of that name, but not the one that was submitted.
    arguments.source_path = attempt.services().workspace.fetch(attempt.store(), *arguments.source_key,
                                                               arguments.source, attempt.folder());
  } else {
    arguments.source = found;
  }
  if (!claim_bytes(attempt)) return {jobs::Snooze{std::chrono::seconds(1)}};
  // Asked after the claim: whoever had it before has either a video or none.
  const auto existing = catalog::Catalog(attempt.database()).find_by_source(arguments.source.sha256);
  if (existing && !arguments.is_copy && existing->id != attempt.video_id()) {
    return end_as_duplicate(shared, existing->id);
  }
  return attempt.hand_over(ingest_stage);
}

}  // namespace heaters::stages

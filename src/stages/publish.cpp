#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "catalog/catalog.h"
#include "jobs/queue.h"
#include "stages/embed.h"
#include "stages/embed_by_model.h"
#include "stages/source_pass.h"
#include "stages/stage_attempt.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace fs = std::filesystem;

namespace {

constexpr const char* made_by = "ingest/1";
constexpr int parallel_puts = 4;

class Publication {
 public:
  Publication(StageAttempt& attempt, Manifest& manifest, const fs::path& source)
      : attempt_(attempt), manifest_(manifest), source_(source) {}

  void run() {
    put_source();
    put_files();
    for (const catalog::Artifact& artifact : manifest_.ingested.artifacts) {
      if (artifact.kind == "proxy") manifest_.ingested.video.proxy_key = artifact.key;
    }
  }

 private:
  // Once in its life: unless it was stored before the submission was acknowledged.
  void put_source() {
    catalog::Video& video = manifest_.ingested.video;
    const FileDigest& expected = attempt_.arguments().source;
    video.source_sha256 = expected.sha256;
    video.source_bytes = expected.bytes;
    std::string key = storage::video_key(video.id.text(), source_name(video.container));
    if (attempt_.arguments().source_key) {
      key = *attempt_.arguments().source_key;
    } else {
      ProgressThrottle progress("publish", "bytes", static_cast<std::int64_t>(expected.bytes),
                                attempt_.progress_listener());
      const FileDigest stored = attempt_.store().put(key, source_, attempt_.watching(progress));
      progress.finish(static_cast<std::int64_t>(stored.bytes));
      if (stored != expected) {
        throw Error(
            ErrorKind::Conflict,
            fmt::format("publish \"{}\": the file changed while it was being read", source_.string()));
      }
    }
    video.proxy_key = key;
    manifest_.ingested.artifacts.push_back(
        {key, "source", expected.bytes, expected.sha256, made_by, attempt_.store().storage_class()});
  }

  // Small ones, several at a time.
  void put_files() {
    std::vector<catalog::Artifact> made(manifest_.files.size());
    for_each_parallel(made.size(), parallel_puts, [&](std::size_t i) { made[i] = put(manifest_.files[i]); });
    auto& artifacts = manifest_.ingested.artifacts;
    artifacts.insert(artifacts.end(), made.begin(), made.end());
  }

  catalog::Artifact put(const Manifest::File& file) {
    const std::string key = storage::video_key(attempt_.video_id().text(), file.name);
    const FileDigest digest = attempt_.store().put(key, attempt_.folder().path() / file.name,
                                                   [this](std::uint64_t) { attempt_.stop_if_asked(); });
    return {key, file.kind, digest.bytes, digest.sha256, made_by, attempt_.store().storage_class()};
  }

  StageAttempt& attempt_;
  Manifest& manifest_;
  const fs::path& source_;
};

// The rows, in the transaction that completes the job: after this the video is there. When another video was
// made of the same bytes meanwhile, this one is its duplicate; returns whether it is.
bool record(db::Database& database, catalog::IngestedVideo ingested, const looks::LookTrack& looks,
            bool is_copy) {
  catalog::Catalog catalog(database);
  const auto original = catalog.find_by_source(ingested.video.source_sha256);
  if (original && !is_copy) {
    catalog::Submissions(database).duplicate(ingested.video.id, original->id);
    return true;
  }
  if (original) ingested.video.copy_of = original->id;
  catalog.record(ingested);
  std::vector<catalog::EmbeddedClip> clips;
  for (const catalog::Clip& clip : catalog.clips(ingested.video.id)) {
    clips.push_back({clip.id, ingested.video.id, clip.span});
  }
  catalog::Embeddings(database).put(look_kind(), embeddings_of_looks(looks, clips));
  catalog::Submissions(database).ready(ingested.video.id);
  jobs::make_queue(database)->insert(embed_jobs(database, ingested.video.id));
  return false;
}

void remove_objects(StageAttempt& attempt, const catalog::IngestedVideo& ingested) {
  std::vector<std::string> keys;
  keys.reserve(ingested.artifacts.size());
  for (const catalog::Artifact& artifact : ingested.artifacts) keys.push_back(artifact.key);
  attempt.open_store_for_clean_up()->remove(keys);
}

// Files that were put stay at hand, where fetching them would cost something.
void keep_in_cache(StageAttempt& attempt, const catalog::IngestedVideo& ingested) {
  for (const catalog::Artifact& artifact : ingested.artifacts) {
    const bool is_wanted =
        artifact.kind == "source" || artifact.kind == "proxy" || artifact.kind == "frame_table";
    const fs::path file = attempt.folder().path() / fs::path(artifact.key).filename();
    std::error_code ignored;
    if (is_wanted && !attempt.store().local_path(artifact.key) && fs::exists(file, ignored)) {
      attempt.services().workspace.keep(artifact.key, file);
    }
  }
}

}  // namespace

jobs::Outcome publish(const std::shared_ptr<StageAttempt>& attempt) {
  auto manifest = Manifest::read(attempt->folder().path());
  if (!manifest) return attempt->begin_again();
  const auto source = attempt->find_source();
  if (!source) return attempt->begin_again();
  Publication(*attempt, *manifest, *source).run();
  catalog::Video& video = manifest->ingested.video;
  video.wall_seconds += attempt->wall_seconds();
  video.cpu_seconds += attempt->cpu_seconds();
  const auto looks = std::make_shared<const looks::LookTrack>(
      looks::LookTrack::decode(read_file(attempt->folder().path() / "looks.hlk")));
  const auto ingested = std::make_shared<const catalog::IngestedVideo>(std::move(manifest->ingested));
  jobs::Outcome outcome{jobs::Completed{}};
  const auto is_duplicate = std::make_shared<bool>(false);
  outcome.record = [ingested, looks, is_duplicate,
                    is_copy = attempt->arguments().is_copy](db::Database& database) {
    *is_duplicate = record(database, *ingested, *looks, is_copy);
  };
  outcome.after = [attempt, ingested, is_duplicate] {
    if (*is_duplicate) {
      remove_objects(*attempt, *ingested);
    } else {
      keep_in_cache(*attempt, *ingested);
    }
    attempt->discard_folder();
  };
  return outcome;
}

}  // namespace heaters::stages

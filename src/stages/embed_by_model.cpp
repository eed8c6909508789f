#include "stages/embed_by_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <ranges>

#include "base/check.h"
#include "base/json.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "catalog/cost_ledger.h"
#include "catalog/embeddings.h"
#include "encoders/encoder.h"
#include "jobs/queue.h"
#include "media/still_export.h"
#include "stages/job_arguments.h"
#include "stages/search_model.h"
#include "stages/source_files.h"
#include "stages/video_attempt.h"

namespace heaters::stages {

namespace {

using Embedded = std::vector<catalog::Embedding>;

// Gathers pictures until there are enough to encode at once.
class BatchEncoder : public media::RgbStillListener {
 public:
  BatchEncoder(encoders::Encoder& encoder, std::size_t spans, const std::stop_token& stop)
      : encoder_(encoder), stop_(stop), found_(spans) {}

  void on_begin() override {
    pixels_.clear();
    waiting_.clear();
    for (auto& each : found_) each.clear();
  }

  void on_still(std::size_t span, const std::vector<std::uint8_t>& rgb) override {
    pixels_.insert(pixels_.end(), rgb.begin(), rgb.end());
    waiting_.push_back(span);
    if (waiting_.size() == encoders::Encoder::most_pictures) encode();
  }

  // One for each span.
  std::vector<encoders::Vector> finish() {
    if (!waiting_.empty()) encode();
    std::vector<encoders::Vector> means;
    means.reserve(found_.size());
    for (const auto& vectors : found_) means.push_back(encoders::mean_direction(vectors));
    return means;
  }

 private:
  void encode() {
    auto vectors = encoder_.images(pixels_, static_cast<int>(waiting_.size()), stop_);
    for (std::size_t i = 0; i < vectors.size(); ++i) found_[waiting_[i]].push_back(std::move(vectors[i]));
    pixels_.clear();
    waiting_.clear();
  }

  encoders::Encoder& encoder_;
  const std::stop_token& stop_;
  std::vector<std::uint8_t> pixels_;
  std::vector<std::size_t> waiting_;  // whose pictures they are
  std::vector<std::vector<encoders::Vector>> found_;
};

// Where the clips of videos are.
struct Library {
  db::Database& database;
  storage::Store& store;
  storage::Workspace& workspace;
};

// The clips of a video that lack an embedding, embedded.
Embedded embed_video(const Library& library, const catalog::EmbeddingKind& kind, const catalog::VideoId& id,
                     encoders::Encoder& encoder, const std::stop_token& stop) {
  const auto clips = catalog::Embeddings(library.database).missing(kind, id);
  if (clips.empty()) return {};
  const auto strategy = media::parse_still_strategy(kind.strategy);
  HEATERS_CHECK(strategy.has_value());
  std::vector<FrameSpan> spans;
  spans.reserve(clips.size());
  for (const catalog::EmbeddedClip& clip : clips) spans.push_back(clip.span);
  const StoredSource source(library.database, library.store, library.workspace, id, stop);
  catalog::Catalog catalog(library.database);
  const auto table = stored_frame_table(library.workspace, library.store, catalog, id);
  BatchEncoder batches(encoder, spans.size(), stop);
  media::read_stills(source.path(), table, spans, *strategy, picture_size(encoder.facts()), batches, stop);
  auto vectors = batches.finish();
  Embedded made;
  made.reserve(clips.size());
  for (std::size_t i = 0; i < clips.size(); ++i) {
    made.push_back({clips[i].clip_id, clips[i].video_id, clips[i].span, std::move(vectors[i])});
  }
  return made;
}

// Whether it says nothing about one video alone.
bool ends_all(const Error& error) {
  return error.kind() == ErrorKind::Cancelled || error.kind() == ErrorKind::Conflict ||
         error.kind() == ErrorKind::Unavailable;
}

std::string unique_key_of(const catalog::EmbeddingKind& kind, const catalog::VideoId& id) {
  return fmt::format("embed-{}-{}-{}", id.text(), kind.model, kind.strategy);
}

jobs::NewJob job_of(const catalog::Model& model, const catalog::VideoId& id) {
  Json args;
  args["video_id"] = id.text();
  args["model"] = model.name;
  jobs::NewJob job{.queue = embed_stage.queue, .worker = embed_stage.worker};
  job.trace = current_or_new_trace();
  job.args_json = args.dump();
  job.unique_key = unique_key_of(model.kind, id);
  return job;
}

void record_embedded(db::Database& database, const catalog::Model& model, const catalog::VideoId& id,
                     const Embedded& made) {
  const auto present = catalog::Models(database).find(model.name);
  if (!present || present->kind != model.kind) return;
  catalog::Embeddings embeddings(database);
  embeddings.put(model.kind, made);
  if (embeddings.missing(model.kind, id).empty()) return;
  // Cuts were moved meanwhile, when this job stood in the way of another one.
  const jobs::NewJob again = job_of(model, id);
  jobs::make_queue(database)->insert(std::span(&again, 1));
}

// A model that this machine cannot use, since its file is missing or another one, or its runtime is, may do
// on another.
encoders::Encoder open_here(const catalog::Model& model, sidecar::WorkerPool& pool,
                            const std::stop_token& stop) {
  try {
    return open_encoder(model, pool, stop);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::Cancelled) throw;
    throw Error(ErrorKind::Unavailable, error.what());
  }
}

jobs::Outcome run_embed(StageServices& services, const jobs::Attempt& attempt) {
  const JobArguments arguments(attempt.job.args_json);
  const catalog::VideoId id = arguments.video_id();
  const auto model = catalog::Models(attempt.database()).find(arguments.text("model"));
  // The model was removed, or somebody else has embedded the clips.
  if (!model || catalog::Embeddings(attempt.database()).missing(model->kind, id).empty())
    return {jobs::Completed{}};
  const auto run = std::make_shared<VideoAttempt>(services, attempt, id, embed_stage);
  std::shared_ptr<const Embedded> made;  // null: it failed
  jobs::Outcome outcome{jobs::Completed{}};
  try {
    encoders::Encoder encoder = open_here(*model, services.encoders, attempt.stop);
    made = std::make_shared<const Embedded>(embed_video({run->database(), run->store(), services.workspace},
                                                        model->kind, id, encoder, attempt.stop));
    log(LogLevel::Info, "clips.embedded",
        {{"video", run->video_id().text()}, {"model", model->name}, {"clips", made->size()}});
  } catch (const std::exception& exception) {
    outcome = attempt.outcome_of(to_error(exception));
  }
  outcome.record = [run, made, model = *model, end = end_of_attempt(outcome)](db::Database& database) {
    if (made) record_embedded(database, model, run->video_id(), *made);
    catalog::CostLedger(database).add(run->cost(end));
  };
  return outcome;
}

}  // namespace

jobs::Handler embed_handler(StageServices& services) {
  return {.run = [&services](const jobs::Attempt& attempt) { return run_embed(services, attempt); },
          .timeout = services.embed_timeout};
}

std::vector<jobs::NewJob> embed_jobs(db::Database& database, const catalog::VideoId& id) {
  const auto models = catalog::Models(database).list();
  std::vector<jobs::NewJob> all;
  all.reserve(models.size());
  for (const catalog::Model& model : models) all.push_back(job_of(model, id));
  return all;
}

int EmbeddingUpkeep::insert_jobs(db::Database& database) {
  // Others wait for the thread that this runs on.
  constexpr std::size_t most_at_once = 500;
  int inserted = 0;
  for (const catalog::Model& model : catalog::Models(database).list()) {
    catalog::Embeddings embeddings(database);
    const auto seen = seen_.find(model.name);
    const std::int64_t newest = embeddings.newest_decision();
    if (seen != seen_.end() && seen->second.before == newest) continue;
    const auto videos = seen == seen_.end() ? embeddings.videos_missing(model.kind)
                                            : embeddings.videos_missing(model.kind, seen->second.before);
    std::vector<std::string> keys;
    keys.reserve(videos.size());
    for (const catalog::VideoId& id : videos) keys.push_back(unique_key_of(model.kind, id));
    db::Transaction transaction(database);
    const auto queue = jobs::make_queue(database);
    const auto free = queue->without_job(keys);
    std::vector<jobs::NewJob> wanted;
    wanted.reserve(std::min(free.size(), most_at_once));
    auto next = free.begin();
    for (std::size_t i = 0; i < videos.size() && wanted.size() < most_at_once && next != free.end(); ++i) {
      if (keys[i] != *next) continue;
      wanted.push_back(job_of(model, videos[i]));
      ++next;
    }
    queue->insert(wanted);
    transaction.commit();
    inserted += static_cast<int>(wanted.size());
    if (next == free.end()) seen_[model.name] = {seen == seen_.end() ? newest : seen->second.newest, newest};
  }
  return inserted;
}

ModelFilling embed_by_model(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                            const catalog::Model& model, sidecar::WorkerPool& pool,
                            const std::stop_token& stop, const ProgressListener& on_progress) {
  HEATERS_CHECK(model.path.has_value());
  catalog::Embeddings embeddings(database);
  const auto videos = embeddings.videos_missing(model.kind);
  ModelFilling filling;
  if (videos.empty()) return filling;
  encoders::Encoder encoder = open_encoder(model, pool, stop);
  ProgressThrottle progress("embed", "videos", static_cast<std::int64_t>(videos.size()), on_progress);
  std::int64_t done = 0;
  for (const catalog::VideoId& id : videos | std::views::reverse) {
    try {
      const auto made = embed_video({database, store, workspace}, model.kind, id, encoder, stop);
      db::Transaction transaction(database);
      embeddings.put(model.kind, made);
      transaction.commit();
      filling.clips += static_cast<int>(made.size());
    } catch (const Error& error) {
      if (ends_all(error)) throw;
      filling.failures.emplace_back(id, error);
    }
    progress.update(++done);
  }
  return filling;
}

}  // namespace heaters::stages

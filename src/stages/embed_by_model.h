#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "catalog/models.h"
#include "catalog/video.h"
#include "db/database.h"
#include "jobs/worker.h"
#include "sidecar/worker_pool.h"
#include "stages/chain.h"
#include "storage/store.h"
#include "storage/workspace.h"

namespace heaters::stages {

// Clips as the models see them that somebody registered. A job embeds the clips of one video that lack a
// model's embedding of their present span, and records them in the transaction that ends it. A video's source
// is fetched once, and only the groups of pictures that the strategy's frames lie in are decoded.
inline constexpr Stage embed_stage{"heaters_embed", "Heaters.Embed"};

jobs::Handler embed_handler(StageServices& services);

// A job for each registered model, for a video that is new.
std::vector<jobs::NewJob> embed_jobs(db::Database& database, const catalog::VideoId& id);

// Sees to it that clips whose cuts were moved get their jobs. A job that failed is not repeated for as long
// as its row is there. Not thread-safe.
class EmbeddingUpkeep {
 public:
  // Inserts what is missing, up to some hundreds; the first time of all videos, then of those that something
  // was decided of since the call before the last one. Returns how many jobs.
  int insert_jobs(db::Database& database);

 private:
  // The newest decision at the call before the last one, and at the last one. Each is looked at twice: the
  // first time the end of a job that did not see it may be on its way.
  struct Seen {
    std::int64_t before = 0;
    std::int64_t newest = 0;
  };
  std::map<std::string, Seen> seen_;  // by model's name
};

struct ModelFilling {
  int clips = 0;
  std::vector<std::pair<catalog::VideoId, Error>> failures;  // the clips of these are left without
};

// The same by hand, for all videos, each a transaction. Begins with the newest, since jobs begin with the
// oldest: they share the work. Throws Conflict when the model's file is another one than was registered.
ModelFilling embed_by_model(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                            const catalog::Model& model, sidecar::WorkerPool& pool,
                            const std::stop_token& stop, const ProgressListener& on_progress);

}  // namespace heaters::stages

#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/cpu_share.h"
#include "base/json.h"
#include "base/progress.h"
#include "catalog/stage_days.h"
#include "catalog/video.h"
#include "db/database.h"
#include "jobs/worker.h"
#include "net/download.h"
#include "sidecar/worker_pool.h"
#include "stages/ingest_options.h"
#include "storage/store.h"
#include "storage/workspace.h"

namespace heaters::stages {

// The chain that makes a video of a submission: three jobs, each with its own queue, since they wait for
// different things.
//
//   acquire   where are the bytes, what are they, are they known?         network
//   ingest    one pass over them into the workspace                       processor
//   publish   objects into the store, then rows                           network
//
// The next job is inserted in the transaction that ends the one before. It is meant for the same node, whose
// workspace has the files; another node that gets it, because that one died or is too busy, begins again with
// acquire. All three have the same unique key, the video's id.
struct Stage {
  const char* queue;
  const char* worker;
};
inline constexpr Stage acquire_stage{"heaters_acquire", "Heaters.Acquire"};
inline constexpr Stage ingest_stage{"heaters_ingest", "Heaters.Ingest"};
inline constexpr Stage publish_stage{"heaters_publish", "Heaters.Publish"};

// The queue of the stage that comes next; empty where none does.
std::string queue_after(const std::string& queue);

// The args of the chain's jobs. Whoever inserts an acquire job by hand needs `origin` only.
struct ChainArguments {
  std::optional<catalog::VideoId> video_id;
  std::string origin;                     // path or URL
  std::string title;                      // empty: the origin's last part
  bool is_copy = false;                   // make another video of bytes that are known
  std::optional<std::string> source_key;  // of the stored source, when it was stored before the answer
  shots::CutSelection shots;

  // Once acquired:
  std::filesystem::path source_path;  // on the node that acquired it
  FileDigest source;
};

// Members that are missing in `json` are taken from `defaults`. Throws InvalidInput naming what is wrong.
ChainArguments parse_chain_arguments(const std::string& json, const ChainArguments& defaults);
std::string chain_arguments_json(const ChainArguments& arguments);

// What the stages of a worker share. Outlives them.
struct StageServices {
  // A store of the attempt's own, so that its usage is the attempt's, and that ends with it.
  std::function<std::unique_ptr<storage::Store>(const std::stop_token&)> open_store;
  storage::Workspace& workspace;
  IngestOptions ingest;
  // How long other nodes leave the next job to the node that has the files.
  std::chrono::seconds affinity{120};
  std::optional<std::chrono::milliseconds> acquire_timeout;
  std::optional<std::chrono::milliseconds> ingest_timeout;
  std::optional<std::chrono::milliseconds> publish_timeout;
  std::optional<std::chrono::milliseconds> export_timeout;
  std::optional<std::chrono::milliseconds> embed_timeout;
  net::DownloadOptions download;
  // For pages that are no video themselves; started when the first one comes.
  sidecar::WorkerPool& workers;
  // For models; started when the first clip is embedded.
  sidecar::WorkerPool& encoders;
  CpuAccount cpu;
};

// The handlers of the three, by worker.
std::map<std::string, jobs::Handler> chain_handlers(StageServices& services);

// What an attempt that ends so counts as. One that sends the chain back to its beginning is put off.
catalog::AttemptEnd end_of_attempt(const jobs::Outcome& outcome);

// Whether nothing more will be tried of a job that an attempt ends so.
bool is_final_failure(const jobs::Outcome& outcome, const jobs::Job& job);

// The job of a stage for these arguments. `node`: the one that has the files.
jobs::NewJob chain_job(const Stage& stage, const ChainArguments& arguments,
                       const std::optional<std::string>& node, std::chrono::seconds affinity);

}  // namespace heaters::stages

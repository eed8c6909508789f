#pragma once

#include <filesystem>
#include <stop_token>

#include "base/progress.h"
#include "catalog/catalog.h"
#include "media/filmstrip.h"
#include "media/proxy_ladder.h"
#include "media/proxy_profile.h"
#include "shots/score_curve.h"
#include "storage/local_store.h"
#include "storage/workspace.h"

namespace heaters::stages {

struct IngestOptions {
  media::ProxyLimits proxy_limits;
  media::ProxyProfile proxy_profile;
  media::FilmstripOptions filmstrip;
  int poster_short_side = 720;  // pixels
  shots::CutSelection shots;
  // Makes another video of bytes that are in the catalog already.
  bool again = false;
};

// What a stage works with; borrowed.
struct StageContext {
  db::Database& database;
  catalog::Catalog& catalog;
  storage::LocalStore& store;
  storage::Workspace& workspace;
  std::stop_token stop;
  ProgressListener on_progress;
};

struct IngestResult {
  catalog::VideoId video_id;
  bool is_duplicate = false;  // the video was there already; nothing was done
};

// Takes a local file into the catalog: one decode pass makes frame table, shots, proxy if one is needed,
// filmstrip, poster, waveform and loudness; then every object is put into the store, then the rows are
// written in one transaction. A failure or a kill at any point leaves no row; what it left in the store and
// the workspace is removed at once, or by the next ingest. Throws Error.
IngestResult ingest_file(const StageContext& context, const std::filesystem::path& path,
                         const IngestOptions& options);

// Removes what killed processes left.
void clean_up_after_the_killed(const StageContext& context);

}  // namespace heaters::stages

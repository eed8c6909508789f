#pragma once

#include <filesystem>

#include "catalog/video.h"
#include "db/database.h"
#include "jobs/job.h"
#include "shots/score_curve.h"
#include "stages/chain.h"
#include "storage/store.h"
#include "storage/workspace.h"

namespace heaters::stages {

struct SubmitOptions {
  shots::CutSelection shots;
  bool is_copy = false;             // another video of bytes that are known
  std::optional<std::string> node;  // has the file at hand, and is alive
  std::chrono::seconds affinity{120};
};

struct Submitted {
  catalog::VideoId video_id;
  jobs::JobId job_id = 0;  // 0: the bytes are known, and the submission has ended as a duplicate
};

// Enters a local file, so that the chain makes a video of it whatever happens to this process. Where the
// store is another machine's, the file is put into it first: the workers there may not see it. Throws Error;
// then nothing is entered, but where the database did not answer to the commit.
Submitted submit_file(db::Database& database, storage::Store& store, const std::filesystem::path& file,
                      const SubmitOptions& options, const std::stop_token& stop,
                      const ProgressListener& on_progress);

// Enters a file that was uploaded under `name`. Nobody else has its bytes: it is put into the store first,
// wherever that is, and is not needed any more when this returns. Where the store is another machine's, the
// file is moved into the workspace's cache.
Submitted submit_upload(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                        const std::filesystem::path& file, const std::string& name,
                        const SubmitOptions& options, const std::stop_token& stop);

// Enters a URL: the bytes are fetched by whoever runs the chain. Throws InvalidInput when it cannot be one.
Submitted submit_url(db::Database& database, const std::string& url, const SubmitOptions& options);

}  // namespace heaters::stages

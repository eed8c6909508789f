#pragma once

#include "base/error.h"
#include "catalog/video.h"
#include "db/database.h"
#include "jobs/job.h"
#include "storage/workspace.h"

namespace heaters::stages {

// Whether a job may still run.
bool is_unfinished(const jobs::Job& job);
// What ended a job that left its work undone; nullopt: it is gone.
Error reason_of_end(const std::optional<jobs::Job>& job);

// Brings together what belongs together after jobs ended behind the stages' backs: a submission whose job was
// cancelled, discarded or deleted has failed, and says why. Returns how many.
int fail_abandoned_submissions(db::Database& database);

// What the origin of a submission's jobs, a URL, holds that is secret goes from their args. It is there for
// as long as the chain may need it.
void forget_secrets(db::Database& database, const catalog::VideoId& id);

// Removes the objects of a submission that has failed.
void remove_objects_of_failed(db::Database& database, storage::Store& store, const catalog::VideoId& id);

// Removes folders of the workspace whose submission has ended.
void reap_workspace(db::Database& database, storage::Workspace& workspace);

}  // namespace heaters::stages

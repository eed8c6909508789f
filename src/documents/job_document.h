#pragma once

#include "base/json.h"
#include "jobs/job.h"

namespace heaters::documents {

// A job, as docs/json.md describes it. What is secret in its args and errors is left out.
Json job_json(const jobs::Job& job);

}  // namespace heaters::documents

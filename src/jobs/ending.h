#pragma once

#include "base/error.h"
#include "jobs/outcome.h"
#include "jobs/queue.h"
#include "jobs/running_jobs.h"

namespace heaters::jobs {

// What is written for an outcome: where the row goes, with which error, when it is due again.
Ending ending_of(const Job& job, const Outcome& outcome);

// The outcome that an exception of a handler stands for, given why it was told to stop, if it was.
Outcome outcome_of(const Error& error, StopReason reason);

}  // namespace heaters::jobs

#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "base/error.h"
#include "base/json.h"
#include "base/utf8.h"
#include "documents/job_document.h"
#include "jobs/queue.h"
#include "jobs/queue_settings.h"
#include "stages/upkeep.h"

namespace heaters::app {

namespace {

// With what it stands on; made together since both borrow the connection.
struct OpenQueue {
  explicit OpenQueue(const Config& config)
      : home(Home::open(config)), queue(jobs::make_queue(*home->database)) {}
  std::unique_ptr<Home> home;
  std::unique_ptr<jobs::Queue> queue;
};

jobs::Job find_job(jobs::Queue& queue, jobs::JobId id) {
  auto job = queue.find(id);
  if (!job) throw Error(ErrorKind::NotFound, fmt::format("find job {}: there is none with that id", id));
  return *std::move(job);
}

[[noreturn]] void refuse_change(const char* verb, const jobs::Job& job) {
  throw Error(ErrorKind::Conflict,
              fmt::format("{} job {}: it is {}", verb, job.id, jobs::to_string(job.state)));
}

}  // namespace

int run_jobs_list(const Config& config, const JobsArguments& arguments) {
  const OpenQueue open(config);
  jobs::JobFilter filter{.queue = arguments.queue, .limit = arguments.limit};
  if (!arguments.state.empty()) filter.state = jobs::parse_job_state(arguments.state);
  const auto jobs = open.queue->list(filter);
  if (arguments.json) {
    Json list = Json::array();
    for (const jobs::Job& job : jobs) list.push_back(documents::job_json(job));
    print_json(list, 2);
    return 0;
  }
  std::string text;
  for (const jobs::Job& job : jobs) {
    text += fmt::format("{:>8}  {:<10}  {:<18}  {:>2}/{:<2}  {}  {}\n", job.id, jobs::to_string(job.state),
                        printable(job.queue), job.attempt, job.max_attempts, job.scheduled_at,
                        job.errors.empty() ? "" : printable(job.errors.back().error));
  }
  print(text);
  return 0;
}

int run_jobs_show(const Config& config, const JobsArguments& arguments) {
  const OpenQueue open(config);
  print_json(documents::job_json(find_job(*open.queue, arguments.id)), arguments.json ? -1 : 2);
  return 0;
}

int run_jobs_retry(const Config& config, const JobsArguments& arguments) {
  const OpenQueue open(config);
  const jobs::Job job = find_job(*open.queue, arguments.id);
  if (!open.queue->retry(job.id)) refuse_change("retry", job);
  return 0;
}

int run_jobs_cancel(const Config& config, const JobsArguments& arguments) {
  const OpenQueue open(config);
  const jobs::Job job = find_job(*open.queue, arguments.id);
  if (!open.queue->cancel(job.id)) refuse_change("cancel", job);
  if (job.state != jobs::JobState::Executing) stages::fail_abandoned_submissions(*open.home->database);
  return 0;
}

int run_jobs_pause(const Config& config, const JobsArguments& arguments) {
  jobs::QueueSettings(*Home::open(config)->database).set_paused(arguments.queue, true);
  return 0;
}

int run_jobs_resume(const Config& config, const JobsArguments& arguments) {
  jobs::QueueSettings(*Home::open(config)->database).set_paused(arguments.queue, false);
  return 0;
}

int run_jobs_scale(const Config& config, const JobsArguments& arguments) {
  jobs::QueueSettings(*Home::open(config)->database).set_max_running(arguments.queue, arguments.max_running);
  return 0;
}

}  // namespace heaters::app

#include "app/operator_commands.h"

#include "app/duration.h"
#include "jobs/job.h"

namespace heaters::app {

namespace {

CLI::Option* add_duration(CLI::App& command, const std::string& name, const std::string& help,
                          const std::function<void(std::chrono::milliseconds)>& set) {
  return command
      .add_option_function<std::string>(
          name, [set](const std::string& text) { set(*parse_duration(text)); }, help)
      ->check([](const std::string& text) {
        return parse_duration(text) ? std::string() : std::string("must be a duration such as 30s, 5m or 2h");
      })
      ->type_name("DURATION");
}

class OperatorCommands {
 public:
  OperatorCommands(CLI::App& app, OperatorArguments& arguments,
                   const std::function<void(CLI::App&)>& add_home, std::vector<Selected>& commands)
      : app_(app), arguments_(arguments), add_home_(add_home), commands_(commands) {}

  void add() {
    add_serve();
    add_worker();
    add_jobs();
    add_pools();
    add_cost();
    add_metrics();
    add_gc();
    add_doctor();
  }

 private:
  template <typename Arguments>
  void select(CLI::App* command, int (*run)(const Config&, const Arguments&), Arguments& arguments) {
    add_home_(*command);
    commands_.push_back({command, [run, &arguments](const Config& config, const std::stop_token&) {
                           return run(config, arguments);
                         }});
  }

  void add_serve() {
    CLI::App* serve = app_.add_subcommand("serve", "User interface, API and a worker, until told to stop");
    ServeArguments& arguments = arguments_.serve;
    serve->add_option("--address", arguments.address, "Address to listen on (default 127.0.0.1)");
    serve->add_option("--port", arguments.port, "Port to listen on (default 8080); 0: any that is free")
        ->check(CLI::Range(0, 65'535));
    auto* no_work = serve->add_flag_callback(
        "--no-work", [&arguments] { arguments.is_working = false; }, "Run no jobs here");
    serve->add_option("--queues", arguments.queues, "Jobs at the same time per queue, as of `worker`")
        ->excludes(no_work);
    serve->add_option("--ui", arguments.ui, "Folder of the user interface's files")
        ->check(CLI::ExistingDirectory);
    add_home_(*serve);
    commands_.push_back({serve, [&arguments](const Config& config, const std::stop_token& stop) {
                           return run_serve(config, arguments, stop);
                         }});
  }

  void add_pools() {
    CLI::App* pools =
        app_.add_subcommand("pools", "Workers that are started to demand")->require_subcommand(1);
    PoolsArguments& arguments = arguments_.pools;
    CLI::App* list = pools->add_subcommand("list", "The pools, how many workers they have and want, and why");
    list->add_flag("--json", arguments.json, "JSON on stdout, with each worker and those that ended");
    select(list, run_pools_list, arguments);
    CLI::App* set = pools->add_subcommand("set", "Change how many workers there may be, at once");
    set->add_option("POOL", arguments.name)->required();
    set->add_option("--min", arguments.min, "At least so many, always")->check(CLI::Range(0, 1000));
    set->add_option("--max", arguments.max, "At most so many")->check(CLI::Range(0, 1000));
    select(set, run_pools_set, arguments);
    CLI::App* drain =
        pools->add_subcommand("drain", "Stop all workers; what runs is finished or handed back");
    drain->add_option("POOL", arguments.name)->required();
    drain->add_flag("--wait", arguments.waits, "Until none is left");
    drain->add_flag("--resume", arguments.resumes, "Start workers again");
    CLI::App* run = pools->add_subcommand("run", "Control the pools of the configuration until told to stop");
    add_home_(*drain);
    add_home_(*run);
    commands_.push_back({drain, [&arguments](const Config& config, const std::stop_token& stop) {
                           return run_pools_drain(config, arguments, stop);
                         }});
    commands_.push_back(
        {run, [](const Config& config, const std::stop_token& stop) { return run_pools_run(config, stop); }});
  }

  void add_worker() {
    CLI::App* worker = app_.add_subcommand("worker", "Run jobs until told to stop");
    WorkerArguments& arguments = arguments_.worker;
    worker->add_option("--queues", arguments.queues,
                       "Jobs at the same time per queue, e.g. acquire=4,ingest=1,publish=4,export=1,embed=1; "
                       "queues not named do not run");
    auto* idle = add_duration(*worker, "--idle-exit", "Exit when there was nothing to do for so long",
                              [&arguments](auto duration) { arguments.idle_exit = duration; });
    worker
        ->add_flag_callback(
            "--drain", [&arguments] { arguments.idle_exit = std::chrono::milliseconds(0); },
            "Exit as soon as there is nothing to do")
        ->excludes(idle);
    worker
        ->add_option("--pool-place-variable", arguments.pool_place_variable,
                     "Or the variable that says where it runs")
        ->group("");
    worker
        ->add_option("--pool-worker", arguments.pool_worker,
                     "Of the pool that starts it: which of its workers")
        ->group("");
    add_home_(*worker);
    commands_.push_back({worker, [&arguments](const Config& config, const std::stop_token& stop) {
                           return run_worker(config, arguments, stop);
                         }});
  }

  CLI::App* add_job_command(CLI::App& jobs, const char* name, const char* help,
                            int (*run)(const Config&, const JobsArguments&)) {
    CLI::App* command = jobs.add_subcommand(name, help);
    command->add_option("JOB", arguments_.jobs.id, "Id of the job")->required()->check(CLI::PositiveNumber);
    select(command, run, arguments_.jobs);
    return command;
  }

  CLI::App* add_queue_command(CLI::App& jobs, const char* name, const char* help,
                              int (*run)(const Config&, const JobsArguments&)) {
    CLI::App* command = jobs.add_subcommand(name, help);
    command->add_option("QUEUE", arguments_.jobs.queue, "Name of the queue, e.g. heaters_ingest")->required();
    select(command, run, arguments_.jobs);
    return command;
  }

  void add_jobs() {
    CLI::App* jobs = app_.add_subcommand("jobs", "Look at jobs and queues, and change their course");
    jobs->require_subcommand(1);
    JobsArguments& arguments = arguments_.jobs;
    CLI::App* list = jobs->add_subcommand("list", "Jobs, newest first");
    list->add_option("--state", arguments.state, "Only jobs in this state")
        ->check([](const std::string& text) {
          return jobs::parse_job_state(text) ? std::string() : std::string("is no state of a job");
        });
    list->add_option("--queue", arguments.queue, "Only jobs of this queue");
    list->add_option("--limit", arguments.limit, "Most jobs to list (default 100)")
        ->check(CLI::Range(1, 100'000));
    list->add_flag("--json", arguments.json, "JSON on stdout");
    select(list, run_jobs_list, arguments);
    add_job_command(*jobs, "show", "Everything about one job", run_jobs_show)
        ->add_flag("--json", arguments.json, "One line of JSON");
    add_job_command(*jobs, "retry", "Run a job again that has ended or waits", run_jobs_retry);
    add_job_command(*jobs, "cancel", "Cancel a job; one that runs is told to stop", run_jobs_cancel);
    add_queue_command(*jobs, "pause", "Start no more jobs of a queue, on any node", run_jobs_pause);
    add_queue_command(*jobs, "resume", "Start jobs of a paused queue again", run_jobs_resume);
    add_queue_command(*jobs, "scale", "Set how many jobs of a queue each node runs at the same time",
                      run_jobs_scale)
        ->add_option("N", arguments.max_running, "Jobs at the same time")
        ->required()
        ->check(CLI::Range(1, 10'000));
  }

  void add_cost() {
    CLI::App* cost = app_.add_subcommand("cost", "What videos cost: requests, bytes, CPU time, storage");
    cost->add_option("VIDEO", arguments_.cost.video_id, "Id of a video; all when it is left out");
    cost->add_flag("--json", arguments_.cost.json, "JSON on stdout");
    select(cost, run_cost, arguments_.cost);
  }

  void add_metrics() {
    CLI::App* metrics = app_.add_subcommand("metrics", "What Prometheus would be told by a server");
    add_home_(*metrics);
    commands_.push_back(
        {metrics, [](const Config& config, const std::stop_token&) { return run_metrics(config); }});
  }

  void add_gc() {
    GcArguments& gc_arguments = arguments_.gc;  // outlives this object
    CLI::App* gc = app_.add_subcommand(
        "gc", "Find objects in the store that nothing names; removes nothing unless told");
    gc->add_flag_callback("--delete", [&gc_arguments] { gc_arguments.is_dry_run = false; }, "Remove them");
    add_duration(*gc, "--grace", "Leave alone what is younger (default 24h)",
                 [&gc_arguments](auto duration) { gc_arguments.grace = duration; });
    gc->add_flag("--json", arguments_.gc.json, "JSON on stdout");
    select(gc, run_gc, arguments_.gc);
  }

  void add_doctor() {
    CLI::App* doctor =
        app_.add_subcommand("doctor", "Check database, store, workspace and pools, and say what to do");
    doctor->add_flag("--json", arguments_.doctor.json, "JSON on stdout");
    select(doctor, run_doctor, arguments_.doctor);
  }

  CLI::App& app_;
  OperatorArguments& arguments_;
  const std::function<void(CLI::App&)>& add_home_;
  std::vector<Selected>& commands_;
};

}  // namespace

void add_operator_commands(CLI::App& app, OperatorArguments& arguments,
                           const std::function<void(CLI::App&)>& add_home, std::vector<Selected>& commands) {
  OperatorCommands(app, arguments, add_home, commands).add();
}

}  // namespace heaters::app

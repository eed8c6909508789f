#include <fmt/format.h>

#include <filesystem>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "app/pool_runner.h"
#include "app/url_fetching.h"
#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "db/migrations.h"
#include "elastic/pools.h"
#include "jobs/job_counts.h"
#include "jobs/nodes.h"
#include "jobs/oban_table.h"
#include "jobs/queue.h"
#include "stages/url_source.h"

namespace heaters::app {

namespace {

struct Check {
  std::string name;
  bool is_ok = true;
  std::string found;   // or what went wrong
  std::string advice;  // what to do; empty when all is well
  int exit_code = 0;
};

template <typename Examine>
Check examine(const std::string& name, const std::string& advice, Examine look) {
  try {
    return {.name = name, .found = look()};
  } catch (const std::exception& exception) {
    const Error error = to_error(exception);
    return {.name = name,
            .is_ok = false,
            .found = error.what(),
            .advice = advice,
            .exit_code = exit_code(error.kind())};
  }
}

Check check_database(const Config& config) {
  const bool is_embedded = config.database_url.empty();
  return examine(
      "database",
      is_embedded
          ? "see that the home is a folder you may write to (--home, HEATERS_HOME)"
          : "see that DATABASE_URL names a server that runs and a database the user may create tables in",
      [&] {
        if (is_embedded) create_folder(config.home);
        const auto database = db::open(database_location(config));
        db::migrate(*database);
        jobs::make_queue(*database);
        std::string text = fmt::format("schema version {}", db::schema_version(*database));
        if (database->dialect() == db::Dialect::Postgres) {
          db::Statement version = database->prepare("SHOW server_version");
          version.step();
          text = fmt::format("PostgreSQL {}, {}, oban_jobs version {}", version.text(0), text,
                             jobs::oban_table_version(*database));
        } else {
          db::Statement version = database->prepare("SELECT sqlite_version()");
          version.step();
          text = fmt::format("SQLite {}, {}", version.text(0), text);
        }
        return text + fmt::format(", {} nodes alive", jobs::Nodes(*database).all().size());
      });
}

// What is put must come back as it was, and go when it is removed.
Check check_store(const Config& config) {
  return examine(
      "store",
      "see that HEATERS_STORE names a folder you may write to or a bucket that exists, and that the "
      "credentials may put, get, list and delete in it",
      [&] {
        const auto store = open_store(config, std::make_shared<net::HttpPool>());
        const TemporaryDirectory directory;
        const std::string key = "doctor/" + new_ulid();
        write_text_file(directory.path() / "out", "heaters doctor " + key);
        const FileDigest put = store->put(key, directory.path() / "out");
        store->get(key, directory.path() / "in");
        const bool is_same = digest_file(directory.path() / "in") == put;
        const bool is_listed = store->list(key).size() == 1;
        store->remove(key);
        if (!is_same || !is_listed || !store->list(key).empty()) {
          throw Error(
              ErrorKind::Corrupt,
              fmt::format("round trip through {}: what came back is not what was put", store->name()));
        }
        return fmt::format("{}: put, get, list and remove work", store->name());
      });
}

Check check_workspace(const Config& config) {
  return examine("workspace", "free space on the disk of the home, or lower workspace.budget_gib", [&] {
    const storage::Workspace workspace(config.home / "workspace", config.workspace_budget);
    const auto space = std::filesystem::space(workspace.root());
    const std::uint64_t used = workspace.used_bytes();
    constexpr std::uint64_t least = std::uint64_t{1} << 30;
    std::string text = fmt::format("{} bytes used of a budget of {}, {} bytes free on the disk", used,
                                   workspace.budget_bytes(), space.available);
    if (space.available < least) throw Error(ErrorKind::Exhausted, text + ": less than 1 GiB");
    if (space.available + used < workspace.budget_bytes()) text += "; the budget is larger than the disk";
    return text;
  });
}

// Who takes in files and videos by their URL needs no yt-dlp: told, and no failure.
Check check_workers(const Config& config) {
  const std::string advice = "for pages: pip install -r python/requirements.txt, or set acquire.python";
  Check check = examine("yt-dlp", advice, [&] {
    sidecar::PoolOptions options = worker_pool_options(config);
    options.on_hello = {};  // both versions are told below
    sidecar::WorkerPool workers(options);
    const Json hello = workers.hello({});
    const Json& about = hello["tasks"][stages::yt_dlp_module];
    const std::string python = "Python " + hello.value("python", "");
    if (about.contains("error")) {
      throw Error(ErrorKind::Unavailable, python + ": " + about["error"].get<std::string>());
    }
    return fmt::format("{}, yt-dlp {}, pinned is {}", python, about.value("yt_dlp", ""),
                       about.value("pinned", ""));
  });
  check.is_ok = true;
  check.exit_code = 0;
  return check;
}

// Whether somebody does what waits.
Check check_jobs(const Config& config) {
  return examine(
      "jobs",
      "start `heaters worker` or `heaters serve` somewhere, or see why they do not reach the database", [&] {
        const auto database = db::open(database_location(config));
        constexpr int most_counted = 100'000;
        std::int64_t waiting = 0;
        std::int64_t running = 0;
        for (const jobs::JobCount& count : jobs::count_jobs(*database, most_counted)) {
          if (!count.queue.starts_with("heaters_")) continue;
          if (count.state == jobs::JobState::Available) waiting += count.jobs;
          if (count.state == jobs::JobState::Executing) running += count.jobs;
        }
        const std::int64_t nodes = jobs::Nodes(*database).seen_within(config.jobs.node_timeout);
        const std::string text = fmt::format("{} wait, {} run, {} nodes alive", waiting, running, nodes);
        if (waiting > 0 && nodes == 0) throw Error(ErrorKind::Unavailable, text);
        return text;
      });
}

// What the place of a pool says, what its controller said last, and whether there is one.
Check check_pool(const Config& config, const PoolConfig& pool) {
  return examine("pool " + pool.settings.name,
                 "see docs/pools.md; `heaters pools list --json` tells of each worker", [&] {
                   check_pool_place(config, pool);
                   std::string text = fmt::format("{}, at most {}", pool.settings.backend, pool.settings.max);
                   const auto database = db::open(database_location(config));
                   for (const elastic::Pool& known : elastic::Pools(*database).list()) {
                     if (known.name != pool.settings.name) continue;
                     text += fmt::format(", {} wanted, {} run", known.report.target, known.running);
                     if (!known.report.note.empty())
                       throw Error(ErrorKind::Unavailable, text + "; " + known.report.note);
                     if (known.report.limits.is_draining) text += ", draining";
                     if (!known.controller.empty()) return text;
                   }
                   return text + "; nobody controls it now: `heaters serve` or `heaters pools run` would";
                 });
}

}  // namespace

int run_doctor(const Config& config, const DoctorArguments& arguments) {
  std::vector<Check> checks = {{.name = "version", .found = "heaters " HEATERS_VERSION},
                               check_database(config),
                               check_jobs(config),
                               check_store(config),
                               check_workspace(config),
                               check_workers(config)};
  for (const PoolConfig& pool : config.pools) checks.push_back(check_pool(config, pool));
  int exit = 0;
  Json json = Json::array();
  std::string text;
  for (const Check& check : checks) {
    if (exit == 0) exit = check.exit_code;
    json.push_back(
        {{"check", check.name}, {"ok", check.is_ok}, {"found", check.found}, {"advice", check.advice}});
    text += fmt::format("{:<4} {:<12} {}\n", check.is_ok ? "ok" : "BAD", check.name, check.found);
    if (!check.advice.empty()) text += fmt::format("                {}\n", check.advice);
  }
  print(arguments.json ? json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : text);
  return exit;
}

}  // namespace heaters::app

#include "app/pool_runner.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "base/ascii.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/host_name.h"
#include "base/process_usage.h"
#include "elastic/controller.h"
#include "elastic/fly_backend.h"
#include "elastic/kubernetes_backend.h"
#include "elastic/pools.h"
#include "elastic/process_backend.h"
#include "stages/chain.h"

namespace heaters::app {

namespace {

// What a worker of the pool does, wherever it runs.
void add_work(std::vector<std::string>& command, const PoolConfig& pool) {
  command.insert(command.end(), {"--queues", to_text(pool.queues), "--idle-exit",
                                 fmt::format("{}ms", pool.idle_exit.count())});
}

// The command line of a worker on this machine.
std::vector<std::string> child_command(const Config& config, const PoolConfig& pool, const std::string& id) {
  std::vector<std::string> command = {"heaters"};
  if (config.file) command.insert(command.end(), {"--config", config.file->string()});
  command.insert(command.end(), {"worker", "--home", config.home.string()});
  add_work(command, pool);
  command.insert(command.end(), {"--pool-worker", id});
  if (is_logged(LogLevel::Debug)) command.emplace_back("--verbose");
  return command;
}

// The beginning of that of a worker elsewhere; how it is known follows.
std::vector<std::string> remote_command(const PoolConfig& pool) {
  std::vector<std::string> command = {pool.program, "worker"};
  add_work(command, pool);
  return command;
}

// From being told to stop to being killed: it lets its jobs run for the grace, and hands them back.
std::chrono::seconds time_to_stop(const Config& config) {
  return std::chrono::ceil<std::chrono::seconds>(config.jobs.shutdown_grace) + std::chrono::seconds(5);
}

std::string from_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::vector<std::pair<std::string, std::string>> passed_environment(const Config& config,
                                                                    const PoolConfig& pool) {
  std::vector<std::pair<std::string, std::string>> variables;
  if (std::string settings = settings_for_workers(config); !settings.empty())
    variables.emplace_back("HEATERS_SETTINGS", std::move(settings));
  for (const std::string& name : pool.environment) {
    if (std::string value = from_environment(name.c_str()); !value.empty())
      variables.emplace_back(name, value);
  }
  return variables;
}

std::unique_ptr<elastic::Backend> make_fly(const Config& config, const PoolConfig& pool) {
  elastic::FlyBackend::Options options = pool.fly;
  options.token = from_environment("FLY_API_TOKEN");
  // On a machine of Fly its own are as good as any.
  if (options.app.empty()) options.app = from_environment("FLY_APP_NAME");
  if (options.image.empty()) options.image = from_environment("FLY_IMAGE_REF");
  if (options.regions.empty() && !from_environment("FLY_REGION").empty())
    options.regions = {from_environment("FLY_REGION")};
  if (options.token.empty() || options.app.empty() || options.image.empty()) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("run pool \"{}\": Fly needs FLY_API_TOKEN, pools.{}.fly_app and fly_image",
                            pool.settings.name, pool.settings.name));
  }
  options.pool = pool.settings.name;
  options.stop_timeout = time_to_stop(config);
  options.environment = passed_environment(config, pool);
  options.command = remote_command(pool);
  options.command.insert(options.command.end(), {"--pool-place-variable", "FLY_MACHINE_ID"});
  return std::make_unique<elastic::FlyBackend>(std::move(options));
}

std::string first_of(const std::string& a, const std::string& b) {
  return a.empty() ? b : a;
}

// Within a cluster all but the secret is known by where every pod finds it.
std::unique_ptr<elastic::Backend> make_kubernetes(const Config& config, const PoolConfig& pool) {
  const std::string account = "/var/run/secrets/kubernetes.io/serviceaccount/";
  elastic::KubernetesBackend::Options options = pool.kubernetes;
  const std::string host = from_environment("KUBERNETES_SERVICE_HOST");
  if (options.api.empty() && !host.empty())
    options.api = fmt::format("https://{}:{}", host.find(':') == std::string::npos ? host : "[" + host + "]",
                              first_of(from_environment("KUBERNETES_SERVICE_PORT_HTTPS"), "443"));
  const bool is_inside = !host.empty();
  const auto read = [&](const std::string& file) { return std::string(trimmed(read_text_file(file))); };
  if (options.token_file.empty() && is_inside) options.token_file = account + "token";
  if (options.ca_file.empty() && is_inside) options.ca_file = account + "ca.crt";
  if (options.pod_namespace.empty()) {
    options.pod_namespace =
        first_of(from_environment("POD_NAMESPACE"), is_inside ? read(account + "namespace") : "");
  }
  options.owner_pod = from_environment("POD_NAME");
  if (options.api.empty() || options.token_file.empty() || options.pod_namespace.empty() ||
      (options.image.empty() && options.owner_pod.empty())) {
    throw Error(
        ErrorKind::InvalidInput,
        fmt::format(
            "run pool \"{0}\": outside a pod that has POD_NAME, Kubernetes needs "
            "pools.{0}.kubernetes_api, kubernetes_token_file, kubernetes_namespace and kubernetes_image",
            pool.settings.name));
  }
  options.pool = pool.settings.name;
  options.stop_timeout = time_to_stop(config);
  options.environment = passed_environment(config, pool);
  options.command = remote_command(pool);
  options.command.emplace_back("--pool-worker");
  return std::make_unique<elastic::KubernetesBackend>(std::move(options));
}

std::unique_ptr<elastic::Backend> make_backend(const Config& config, const PoolConfig& pool) {
  if (pool.settings.backend == "fly") return make_fly(config, pool);
  if (pool.settings.backend == "kubernetes") return make_kubernetes(config, pool);
  elastic::ProcessBackend::Options options{
      .command = [&config, &pool](const std::string& id) { return child_command(config, pool, id); },
      .program = "/proc/self/exe",  // also when the file was replaced
      .most_bytes = pool.most_bytes,
      .grace = time_to_stop(config)};
  return std::make_unique<elastic::ProcessBackend>(std::move(options));
}

// After which the controller ends it, wherever it runs.
std::chrono::milliseconds stop_timeout(const Config& config, const PoolConfig& pool) {
  const std::chrono::milliseconds usual = time_to_stop(config) + std::chrono::seconds(10);
  const std::chrono::milliseconds timeout = pool.stop_timeout.value_or(usual);
  if (timeout < time_to_stop(config)) {
    throw Error(
        ErrorKind::InvalidInput,
        fmt::format("run pool \"{}\": stop_timeout_seconds must be 5 s more than jobs.shutdown_grace_seconds",
                    pool.settings.name));
  }
  return timeout;
}

}  // namespace

PoolRunner::PoolRunner(Home& home, const Config& config, std::vector<PoolConfig> pools)
    : home_(home), config_(config), pools_(std::move(pools)) {
  backends_.reserve(pools_.size());
  for (const PoolConfig& pool : pools_) {
    stop_timeout(config, pool);
    backends_.push_back(make_backend(config, pool));
  }
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    threads_.emplace_back([this, &pool = pools_[i], &backend = *backends_[i]](const std::stop_token& stop) {
      control(pool, backend, stop);
    });
  }
}

PoolRunner::~PoolRunner() {
  // All at once: each waits for its children.
  for (std::jthread& thread : threads_) thread.request_stop();
}

void PoolRunner::control(const PoolConfig& pool, elastic::Backend& backend, const std::stop_token& stop) {
  elastic::PoolSettings settings = pool.settings;
  settings.node_timeout = config_.jobs.node_timeout;
  settings.stop_timeout = stop_timeout(config_, pool);
  for (const auto& [queue, size] : job_queues(pool.queues))
    settings.queues.push_back({queue, size, stages::queue_after(queue)});
  elastic::PoolController(settings, jobs::new_node_name(), backend, [this] {
    return home_.connect();
  }).run(stop);
}

void check_pool_place(const Config& config, const PoolConfig& pool) {
  stop_timeout(config, pool);
  make_backend(config, pool)->check();
}

std::optional<PoolConfig> servers_own_pool(const QueueSizes& queues, const Config& config) {
  PoolConfig own;
  own.queues = queues;
  for (const PoolConfig& pool : config.pools) own.queues = without(own.queues, pool.queues);
  if (job_queues(own.queues).empty()) return std::nullopt;
  // Each machine's home has its own; no name of the configuration is such.
  constexpr std::size_t digits = 4;
  own.settings.name =
      fmt::format("serve@{}-{}", host_name(),
                  sha256_hex(std::filesystem::absolute(config.home).string()).substr(0, digits));
  own.settings.min = own.settings.max = 1;
  constexpr double most_of_memory = 0.75;
  own.most_bytes = static_cast<std::uint64_t>(static_cast<double>(machine_memory()) * most_of_memory);
  return own;
}

std::optional<std::string> running_node(db::Database& database, const std::string& pool) {
  for (const elastic::PoolWorker& worker : elastic::Pools(database).alive(pool)) {
    if (worker.state == elastic::WorkerState::Running) return worker.node;
  }
  return std::nullopt;
}

}  // namespace heaters::app

#include "app/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/error.h"

namespace heaters::app {

namespace {

Setter integer_between(std::int64_t least, std::int64_t most, const std::function<void(std::int64_t)>& set) {
  return [=](const toml::node& node, const std::string& key, const std::string& name) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) {
      refuse(name, node, fmt::format("{} must be a whole number from {} to {}", key, least, most));
    }
    set(*value);
  };
}

Setter number_between(double least, double most, const std::function<void(double)>& set) {
  return [=](const toml::node& node, const std::string& key, const std::string& name) {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !(*value >= least && *value <= most)) {
      refuse(name, node, fmt::format("{} must be a number from {} to {}", key, least, most));
    }
    set(*value);
  };
}

Setter text(const std::function<void(const std::string&)>& set) {
  return [=](const toml::node& node, const std::string& key, const std::string& name) {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) refuse(name, node, fmt::format("{} must be a text that is not empty", key));
    set(*value);
  };
}

Setter flag(bool& target) {
  return [&target](const toml::node& node, const std::string& key, const std::string& name) {
    const auto value = node.value_exact<bool>();
    if (!value) refuse(name, node, key + " must be true or false");
    target = *value;
  };
}

Setter texts(std::vector<std::string>& target) {
  return [&target](const toml::node& node, const std::string& key, const std::string& name) {
    const toml::array* const values = node.as_array();
    if (values == nullptr) refuse(name, node, key + " must be a list of texts");
    target.clear();
    for (const toml::node& each : *values) {
      const auto value = each.value_exact<std::string>();
      if (!value) refuse(name, each, key + " must be a list of texts");
      target.push_back(*value);
    }
  };
}

constexpr std::array x264_presets = {"ultrafast", "superfast", "veryfast", "faster",  "fast",
                                     "medium",    "slow",      "slower",   "veryslow"};

template <typename Choices>
Setter one_of(const Choices& choices, const std::function<void(const std::string&)>& set) {
  return [=](const toml::node& node, const std::string& key, const std::string& name) {
    const auto value = node.value_exact<std::string>();
    if (!value || std::find(choices.begin(), choices.end(), *value) == choices.end()) {
      std::string list;
      for (const char* choice : choices) list.append(list.empty() ? "" : ", ").append(choice);
      refuse(name, node, key + " must be one of " + list);
    }
    set(*value);
  };
}

std::map<std::string, Setter> ingest_setters(Config& config) {
  auto& proxy = config.ingest.proxy_profile;
  auto& limits = config.ingest.proxy_limits;
  auto& filmstrip = config.ingest.filmstrip;
  auto& shots = config.ingest.shots;
  return {
      {"proxy.short_side",
       integer_between(64, 2160, [&](auto v) { proxy.short_side = static_cast<int>(v); })},
      {"proxy.crf", integer_between(0, 51, [&](auto v) { proxy.crf = static_cast<int>(v); })},
      {"proxy.preset", one_of(x264_presets, [&](const std::string& v) { proxy.preset = v; })},
      {"proxy.keyframe_seconds", number_between(0.05, 10, [&](auto v) { proxy.keyframe_seconds = v; })},
      {"proxy.audio_bit_rate",
       integer_between(16'000, 512'000, [&](auto v) { proxy.audio_bit_rate = static_cast<int>(v); })},
      {"reuse.short_side_max",
       integer_between(64, 8192, [&](auto v) { limits.short_side_max = static_cast<int>(v); })},
      {"reuse.long_side_max",
       integer_between(64, 8192, [&](auto v) { limits.long_side_max = static_cast<int>(v); })},
      {"reuse.keyframe_gap_seconds_max",
       number_between(0.1, 3600, [&](auto v) { limits.keyframe_gap_seconds_max = v; })},
      {"reuse.bit_rate_max",
       integer_between(100'000, 10'000'000'000, [&](auto v) { limits.bit_rate_max = v; })},
      {"filmstrip.tile_box",
       integer_between(32, 640, [&](auto v) { filmstrip.tile_box = static_cast<int>(v); })},
      {"filmstrip.seconds_per_tile",
       number_between(0.1, 3600, [&](auto v) { filmstrip.seconds_per_tile = v; })},
      {"filmstrip.tiles_max",
       integer_between(10, 10'000, [&](auto v) { filmstrip.tiles_max = static_cast<int>(v); })},
      {"poster.short_side",
       integer_between(64, 2160, [&](auto v) { config.ingest.poster_short_side = static_cast<int>(v); })},
      {"shots.threshold", number_between(0, 1, [&](auto v) { shots.threshold = static_cast<float>(v); })},
      {"shots.min_shot", integer_between(1, 1'000'000, [&](auto v) { shots.min_shot = v; })},
  };
}

template <typename Duration>
Setter whole(std::int64_t least, std::int64_t most, Duration& target) {
  return integer_between(least, most, [&target](auto v) { target = Duration(v); });
}

Setter seconds(double least, double most, std::chrono::milliseconds& target) {
  return number_between(least, most, [&target](double v) {
    target = std::chrono::milliseconds(static_cast<std::int64_t>(v * 1000));
  });
}

Setter price(double& target) {
  return number_between(0, 1'000'000, [&target](double v) { target = v; });
}

constexpr std::array addressings = {"auto", "path", "virtual_host"};

std::map<std::string, Setter> place_setters(Config& config) {
  constexpr std::int64_t mib = 1 << 20;
  auto& s3 = config.s3;
  return {
      {"home", text([&](const std::string& v) { config.home = v; })},
      {"database.url", text([&](const std::string& v) { config.database_url = v; })},
      {"store.location", text([&](const std::string& v) { config.store = v; })},
      {"store.endpoint", text([&](const std::string& v) { s3.endpoint = v; })},
      {"store.region", text([&](const std::string& v) { s3.region = v; })},
      {"store.addressing", one_of(addressings,
                                  [&](const std::string& v) {
                                    s3.addressing = v == "path"           ? storage::S3Addressing::Path
                                                    : v == "virtual_host" ? storage::S3Addressing::VirtualHost
                                                                          : storage::S3Addressing::Auto;
                                  })},
      {"store.storage_class", text([&](const std::string& v) { s3.storage_class = v; })},
      {"store.multipart_threshold_mib",
       integer_between(5, 5 * 1024,
                       [&s3](auto v) { s3.multipart_threshold = static_cast<std::uint64_t>(v * mib); })},
      {"store.part_mib",
       integer_between(5, 5 * 1024, [&s3](auto v) { s3.part_bytes = static_cast<std::uint64_t>(v * mib); })},
      {"store.parallel_parts",
       integer_between(1, 64, [&](auto v) { s3.parallel_parts = static_cast<int>(v); })},
      {"store.attempts", integer_between(1, 100, [&](auto v) { s3.most_attempts = static_cast<int>(v); })},
      {"store.stall_seconds", whole(1, 3600, s3.stall_timeout)},
      {"workspace.budget_gib", number_between(0, 1'000'000,
                                              [&](double v) {
                                                config.workspace_budget = static_cast<std::uint64_t>(
                                                    v * 1024 * static_cast<double>(mib));
                                              })},
  };
}

std::map<std::string, Setter> job_setters(Config& config) {
  auto& jobs = config.jobs;
  return {
      {"queues.acquire",
       integer_between(0, 1000, [&](auto v) { config.queues.acquire = static_cast<int>(v); })},
      {"queues.ingest",
       integer_between(0, 1000, [&](auto v) { config.queues.ingest = static_cast<int>(v); })},
      {"queues.publish",
       integer_between(0, 1000, [&](auto v) { config.queues.publish = static_cast<int>(v); })},
      {"queues.export",
       integer_between(0, 1000, [&](auto v) { config.queues.export_clips = static_cast<int>(v); })},
      {"queues.embed", integer_between(0, 1000, [&](auto v) { config.queues.embed = static_cast<int>(v); })},
      {"jobs.affinity_seconds", whole(0, 86'400, jobs.affinity)},
      {"jobs.beat_seconds", seconds(0.1, 60, jobs.beat)},
      {"jobs.node_timeout_seconds", seconds(0.5, 3600, jobs.node_timeout)},
      {"jobs.shutdown_grace_seconds", seconds(0, 86'400, jobs.shutdown_grace)},
      {"jobs.keep_completed_hours", whole(1, 100'000, jobs.keep_completed)},
      {"jobs.keep_failed_hours", whole(1, 100'000, jobs.keep_failed)},
      {"jobs.acquire_timeout_minutes", whole(1, 100'000, jobs.acquire_timeout)},
      {"jobs.ingest_timeout_minutes", whole(1, 100'000, jobs.ingest_timeout)},
      {"jobs.publish_timeout_minutes", whole(1, 100'000, jobs.publish_timeout)},
      {"jobs.export_timeout_minutes", whole(1, 100'000, jobs.export_timeout)},
      {"jobs.embed_timeout_minutes", whole(1, 100'000, jobs.embed_timeout)},
  };
}

std::map<std::string, Setter> acquire_setters(AcquireSettings& acquire) {
  constexpr std::int64_t mib = 1 << 20;
  return {
      {"acquire.allow_private_addresses", flag(acquire.allow_private_addresses)},
      {"acquire.allowed_networks", texts(acquire.allowed_networks)},
      {"acquire.proxy", text([&](const std::string& v) { acquire.proxy = v; })},
      {"acquire.cookies", text([&](const std::string& v) { acquire.cookies = v; })},
      {"acquire.rate_limit", integer_between(1, 100'000'000'000, [&](auto v) { acquire.rate_limit = v; })},
      {"acquire.max_height",
       integer_between(1, 100'000, [&](auto v) { acquire.max_height = static_cast<int>(v); })},
      {"acquire.extractor_args", texts(acquire.extractor_args)},
      {"acquire.most_gib", number_between(0.001, 1'000'000, [&](double v) { acquire.most_gib = v; })},
      {"acquire.python", text([&](const std::string& v) { acquire.python = v; })},
      {"acquire.python_path", text([&](const std::string& v) { acquire.python_path = v; })},
      {"acquire.workers", integer_between(1, 64, [&](auto v) { acquire.workers = static_cast<int>(v); })},
      {"acquire.recycle_after",
       integer_between(1, 1'000'000, [&](auto v) { acquire.recycle_after = static_cast<int>(v); })},
      {"acquire.recycle_mib",
       integer_between(64, 1'000'000,
                       [&](auto v) { acquire.recycle_bytes = static_cast<std::uint64_t>(v * mib); })},
      {"acquire.most_mib",
       integer_between(64, 1'000'000,
                       [&](auto v) { acquire.most_bytes = static_cast<std::uint64_t>(v * mib); })},
  };
}

std::map<std::string, Setter> model_setters(ModelSettings& models) {
  constexpr std::int64_t mib = 1 << 20;
  return {
      {"models.python", text([&](const std::string& v) { models.python = v; })},
      {"models.python_path", text([&](const std::string& v) { models.python_path = v; })},
      {"models.workers", integer_between(1, 64, [&](auto v) { models.workers = static_cast<int>(v); })},
      {"models.threads", integer_between(0, 1024, [&](auto v) { models.threads = static_cast<int>(v); })},
      {"models.most_mib",
       integer_between(256, 1'000'000,
                       [&](auto v) { models.most_bytes = static_cast<std::uint64_t>(v * mib); })},
  };
}

// "name:role:token"
web::TokenHolder parse_token(const std::string& text, const std::string& name, const toml::node& node) {
  const auto first = text.find(':');
  const auto second = first == std::string::npos ? first : text.find(':', first + 1);
  if (second == std::string::npos || first == 0 || text.size() - second - 1 < web::shortest_token) {
    // The text may hold a token: not repeated.
    refuse(name, node,
           fmt::format("web.tokens must be texts NAME:ROLE:TOKEN, with tokens of {} characters",
                       web::shortest_token));
  }
  const std::string role = text.substr(first + 1, second - first - 1);
  if (role != "reviewer" && role != "admin")
    refuse(name, node, "web.tokens: the role must be reviewer or admin");
  return {{text.substr(0, first), role == "admin" ? web::Role::Admin : web::Role::Reviewer},
          text.substr(second + 1)};
}

constexpr std::array deliveries = {"here", "redirect"};

std::map<std::string, Setter> web_setters(WebSettings& settings) {
  return {
      {"web.address", text([&](const std::string& v) { settings.address = v; })},
      {"web.port", integer_between(1, 65'535, [&](auto v) { settings.port = static_cast<int>(v); })},
      {"web.secure_cookie", flag(settings.is_cookie_secure)},
      {"web.open_metrics", flag(settings.has_open_metrics)},
      {"web.media", one_of(deliveries,
                           [&](const std::string& v) {
                             settings.media =
                                 v == "here" ? web::MediaDelivery::Here : web::MediaDelivery::Redirect;
                           })},
      {"web.most_upload_gib",
       number_between(0.001, 1'000'000, [&](auto v) { settings.most_upload_gib = v; })},
      {"web.tokens",
       [&settings](const toml::node& node, const std::string& key, const std::string& name) {
         std::vector<std::string> found;
         texts(found)(node, key, name);
         settings.tokens.clear();
         for (const std::string& each : found) settings.tokens.push_back(parse_token(each, name, node));
       }},
  };
}

std::map<std::string, Setter> price_setters(catalog::Prices& prices) {
  std::map<std::string, Setter> made = {
      {"cost.currency", text([&](const std::string& v) { prices.currency = v; })},
      {"cost.put_per_1000", price(prices.put_per_1000)},
      {"cost.get_per_1000", price(prices.get_per_1000)},
      {"cost.list_per_1000", price(prices.list_per_1000)},
      {"cost.received_per_gb", price(prices.received_per_gb)},
      {"cost.cpu_per_hour", price(prices.cpu_per_hour)},
  };
  for (auto& [storage_class, value] : prices.gb_month)
    made.emplace("cost.gb_month." + storage_class, price(value));
  return made;
}

constexpr std::array log_formats = {"text", "json"};
constexpr std::array pool_backends = {"process", "fly", "kubernetes"};
constexpr std::array cpu_kinds = {"shared", "performance"};

std::map<std::string, Setter> fly_setters(elastic::FlyBackend::Options& fly) {
  return {
      {"fly_api", text([&](const std::string& v) { fly.api = v; })},
      {"fly_app", text([&](const std::string& v) { fly.app = v; })},
      {"fly_image", text([&](const std::string& v) { fly.image = v; })},
      {"fly_regions", texts(fly.regions)},
      {"fly_cpu_kind", one_of(cpu_kinds, [&](const std::string& v) { fly.cpu_kind = v; })},
      {"fly_cpus", integer_between(1, 64, [&](auto v) { fly.cpus = static_cast<int>(v); })},
      {"fly_memory_mib",
       integer_between(256, 1'000'000, [&](auto v) { fly.memory_mb = static_cast<int>(v); })},
      {"fly_keep_stopped", integer_between(0, 1000, [&](auto v) { fly.keep_stopped = static_cast<int>(v); })},
  };
}

std::map<std::string, Setter> kubernetes_setters(elastic::KubernetesBackend::Options& kubernetes) {
  return {
      {"kubernetes_api", text([&](const std::string& v) { kubernetes.api = v; })},
      {"kubernetes_token_file", text([&](const std::string& v) { kubernetes.token_file = v; })},
      {"kubernetes_ca_file", text([&](const std::string& v) { kubernetes.ca_file = v; })},
      {"kubernetes_namespace", text([&](const std::string& v) { kubernetes.pod_namespace = v; })},
      {"kubernetes_image", text([&](const std::string& v) { kubernetes.image = v; })},
      {"kubernetes_service_account", text([&](const std::string& v) { kubernetes.service_account = v; })},
      {"kubernetes_secret", text([&](const std::string& v) { kubernetes.secret = v; })},
      {"kubernetes_cpu", text([&](const std::string& v) { kubernetes.cpu = v; })},
      {"kubernetes_memory", text([&](const std::string& v) { kubernetes.memory = v; })},
  };
}

}  // namespace

std::map<std::string, Setter> pool_setters(PoolConfig& pool) {
  constexpr std::int64_t mib = 1 << 20;
  constexpr int most_workers = 1000;
  elastic::PoolSettings& settings = pool.settings;
  std::map<std::string, Setter> all = fly_setters(pool.fly);
  all.merge(kubernetes_setters(pool.kubernetes));
  all.merge(std::map<std::string, Setter>{
      {"backend", one_of(pool_backends, [&](const std::string& v) { settings.backend = v; })},
      {"queues", text([&](const std::string& v) { pool.queues = parse_queue_sizes(v); })},
      {"min", integer_between(0, most_workers, [&](auto v) { settings.min = static_cast<int>(v); })},
      {"max", integer_between(0, most_workers, [&](auto v) { settings.max = static_cast<int>(v); })},
      {"max_concurrency",
       integer_between(1, most_workers, [&](auto v) { settings.max_concurrency = static_cast<int>(v); })},
      {"idle_exit_seconds", seconds(0, 86'400, pool.idle_exit)},
      {"boot_timeout_seconds", seconds(1, 3600, settings.boot_timeout)},
      {"scale_out_debounce_seconds", seconds(0, 3600, settings.scale_out_debounce)},
      {"stop_timeout_seconds", number_between(1, 86'400,
                                              [&](double v) {
                                                pool.stop_timeout = std::chrono::milliseconds(
                                                    static_cast<std::int64_t>(v * 1000));
                                              })},
      {"most_mib", integer_between(64, 1'000'000,
                                   [&](auto v) { pool.most_bytes = static_cast<std::uint64_t>(v * mib); })},
      {"price_per_hour", price(settings.price_per_hour)},
      {"spend_cap_per_day", price(settings.spend_cap_per_day)},
      {"program", text([&](const std::string& v) { pool.program = v; })},
      {"environment", texts(pool.environment)},
  });
  return all;
}

std::map<std::string, Setter> setters(Config& config) {
  std::map<std::string, Setter> all = ingest_setters(config);
  all.emplace("log.format", one_of(log_formats, [&config](const std::string& v) {
                config.log_format = *parse_log_format(v);
              }));
  all.merge(place_setters(config));
  all.merge(acquire_setters(config.acquire));
  all.merge(model_setters(config.models));
  all.merge(job_setters(config));
  all.merge(web_setters(config.web));
  all.merge(price_setters(config.prices));
  return all;
}

void refuse(const std::string& name, const toml::node& node, const std::string& why) {
  throw Error(ErrorKind::InvalidInput,
              fmt::format("read \"{}\" line {}: {}", name, node.source().begin.line, why));
}

}  // namespace heaters::app

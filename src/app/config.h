#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/queue_sizes.h"
#include "base/log.h"
#include "catalog/prices.h"
#include "elastic/fly_backend.h"
#include "elastic/kubernetes_backend.h"
#include "elastic/pool_settings.h"
#include "jobs/crontab.h"
#include "stages/ingest_options.h"
#include "storage/s3_client.h"
#include "web/api.h"

namespace heaters::app {

struct JobTimes {
  std::chrono::seconds affinity{120};
  std::chrono::milliseconds beat{2'000};
  std::chrono::milliseconds node_timeout{15'000};
  std::chrono::milliseconds shutdown_grace{15'000};
  std::chrono::hours keep_completed{24};
  std::chrono::hours keep_failed{14 * 24};
  std::chrono::minutes acquire_timeout{6 * 60};
  std::chrono::minutes ingest_timeout{24 * 60};
  std::chrono::minutes publish_timeout{12 * 60};
  std::chrono::minutes export_timeout{24 * 60};
  std::chrono::minutes embed_timeout{24 * 60};
};

// How URLs are fetched.
struct AcquireSettings {
  bool allow_private_addresses = false;  // for labs and tests
  std::vector<std::string> allowed_networks;
  std::string proxy;
  std::filesystem::path cookies;            // a file in Netscape's format, for yt-dlp
  std::int64_t rate_limit = 0;              // bytes a second, of yt-dlp; 0: none
  int max_height = 0;                       // of the picture that yt-dlp chooses; 0: the best there is
  std::vector<std::string> extractor_args;  // "youtube:player_client=web", for yt-dlp
  double most_gib = 100;
  std::string python = "/usr/bin/python3";
  std::filesystem::path python_path;  // where another yt-dlp is, before Python's own places
  int workers = 2;
  int recycle_after = 200;  // commands
  std::uint64_t recycle_bytes = std::uint64_t{512} << 20;
  std::uint64_t most_bytes = std::uint64_t{2} << 30;  // of memory, of one worker
};

// The workers that models encode in.
struct ModelSettings {
  std::string python = "/usr/bin/python3";
  std::filesystem::path python_path;  // where torch and others are, before Python's own places
  int workers = 1;                    // each loads each model
  int threads = 0;                    // of each; 0: as many as the library takes
  std::uint64_t most_bytes = std::uint64_t{8} << 30;  // of memory, of one worker
};

// Workers that are started to demand.
struct PoolConfig {
  elastic::PoolSettings settings;
  QueueSizes queues = QueueSizes::none();  // of a worker
  std::chrono::milliseconds idle_exit{30'000};
  std::optional<std::chrono::milliseconds> stop_timeout;  // usually a little more than jobs.shutdown_grace
  std::uint64_t most_bytes = 0;                           // of memory, of a worker that is a process; 0: any
  elastic::FlyBackend::Options fly;
  elastic::KubernetesBackend::Options kubernetes;
  std::string program = "heaters";       // in images of machines and pods
  std::vector<std::string> environment;  // variables of ours that machines and pods get too
};

// Who may do what in the browser and by the API; the token of HEATERS_TOKEN is an admin's called "admin".
struct WebSettings {
  std::string address = "127.0.0.1";
  int port = 8080;
  std::vector<web::TokenHolder> tokens;
  bool is_cookie_secure = false;
  bool has_open_metrics = false;  // for whoever reaches the server
  web::MediaDelivery media = web::MediaDelivery::Here;
  double most_upload_gib = 200;
};

// The settings of a run: flags over environment over heaters.toml over the defaults that are written here and
// in the option structs of the stages. docs/configuration.md lists them.
struct Config {
  std::filesystem::path home = "heaters-data";  // embedded database and store, workspace
  std::string database_url;                     // empty: SQLite in the home
  std::string store;                            // empty: a folder in the home; a folder; s3://bucket/prefix
  storage::S3Options s3;                        // but for bucket, prefix and credentials
  std::uint64_t workspace_budget = std::uint64_t{50} << 30;  // bytes
  stages::IngestOptions ingest;
  AcquireSettings acquire;
  ModelSettings models;
  QueueSizes queues;
  JobTimes jobs;
  WebSettings web;
  catalog::Prices prices;
  LogFormat log_format = LogFormat::Text;
  std::vector<jobs::CronEntry> crontab;
  std::vector<PoolConfig> pools;
  std::optional<std::filesystem::path> file;  // that was read
};

// Reads `file`, or ./heaters.toml when it is not given and exists, and then the environment (HEATERS_HOME,
// DATABASE_URL, HEATERS_STORE). An unknown key or a value of the wrong type or range throws InvalidInput
// naming the file and line: a misspelt setting must not turn into a silent default.
Config load_config(const std::optional<std::filesystem::path>& file);

// Every setting that heaters.toml may hold, as "table.key".
std::vector<std::string> setting_names();

// What the file says that is for workers elsewhere too, as TOML: neither what only a server needs nor what is
// secret. They read it from HEATERS_SETTINGS.
std::string settings_for_workers(const Config& config);

// The part of load_config that reads TOML text; `name` is for error texts.
void apply_toml(Config& config, const std::string& text, const std::string& name);

}  // namespace heaters::app

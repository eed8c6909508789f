#include "app/home.h"

#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/redaction.h"
#include "db/migrations.h"
#include "net/aws_profile.h"
#include "storage/keys.h"
#include "storage/local_store.h"
#include "storage/s3_store.h"

namespace heaters::app {

namespace {

constexpr std::string_view s3_scheme = "s3://";

std::filesystem::path workspace_of(const Config& config) {
  return config.home / "workspace";
}

// "s3://bucket/prefix" with what the environment and AWS's profiles say.
storage::S3Options s3_options(const Config& config) {
  const net::AwsSettings aws =
      net::read_aws_settings([](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
      });
  if (!aws.credentials) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("use the store {}: there are no credentials; set AWS_ACCESS_KEY_ID and "
                            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
                            config.store));
  }
  storage::S3Options options = config.s3;
  const std::string place = config.store.substr(s3_scheme.size());
  options.bucket = place.substr(0, place.find('/'));
  options.prefix = place.size() > options.bucket.size() ? place.substr(options.bucket.size() + 1) : "";
  while (options.prefix.ends_with('/')) options.prefix.pop_back();
  if (options.bucket.empty() || (!options.prefix.empty() && !storage::is_valid_key(options.prefix))) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("use the store {}: it must be s3://bucket or s3://bucket/prefix", config.store));
  }
  if (!options.prefix.empty()) options.prefix += '/';
  options.credentials = *aws.credentials;
  add_secret(options.credentials.secret_access_key);
  add_secret(options.credentials.session_token);
  if (!aws.region.empty()) options.region = aws.region;
  if (!aws.endpoint.empty()) options.endpoint = aws.endpoint;
  options.resume_folder = workspace_of(config) / "uploads";
  return options;
}

}  // namespace

std::string database_location(const Config& config) {
  if (config.database_url.empty()) return (config.home / "heaters.sqlite").string();
  if (!db::is_postgres_url(config.database_url)) {
    // It may hold a password: not repeated.
    throw Error(ErrorKind::InvalidInput, "open the database: DATABASE_URL must begin with postgres://");
  }
  return config.database_url;
}

std::unique_ptr<storage::Store> open_store(const Config& config, const std::shared_ptr<net::HttpPool>& http,
                                           const std::stop_token& stop) {
  if (config.store.starts_with(s3_scheme)) {
    storage::S3Options options = s3_options(config);
    options.stop = stop;
    return std::make_unique<storage::S3Store>(std::move(options), http);
  }
  if (config.store.find("://") != std::string::npos) {
    throw Error(ErrorKind::InvalidInput,
                "use the store: HEATERS_STORE must be s3://bucket/prefix or a folder");
  }
  return std::make_unique<storage::LocalStore>(config.store.empty() ? config.home / "store"
                                                                    : std::filesystem::path(config.store));
}

Home::Home(const Config& config, std::future<Connection> ahead)
    : config_(config),
      ahead_(std::move(ahead)),
      database(db::open(database_location(config))),
      catalog(*database),
      store(app::open_store(config, http_)) {
  db::migrate(*database);
}

std::unique_ptr<Home> Home::create(const Config& config) {
  create_folder(config.home);
  return std::unique_ptr<Home>(new Home(config));
}

std::unique_ptr<Home> Home::create_for_worker(const Config& config) {
  if (config.database_url.empty()) return create(config);
  create_folder(config.home);
  const std::string location = database_location(config);
  return std::unique_ptr<Home>(
      new Home(config, std::async(std::launch::async, [location] { return db::open(location); })));
}

std::unique_ptr<Home> Home::open(const Config& config) {
  std::error_code ignored;
  if (config.database_url.empty() && !std::filesystem::exists(database_location(config), ignored)) {
    throw Error(ErrorKind::NotFound,
                fmt::format("open the home \"{}\": there is none yet; `heaters ingest FILE` makes one",
                            config.home.string()));
  }
  return std::unique_ptr<Home>(new Home(config));
}

std::unique_ptr<db::Database> Home::connect() {
  {
    const std::scoped_lock lock(ahead_mutex_);
    if (ahead_.valid()) return ahead_.get();
  }
  return db::open(database_location(config_));
}

std::unique_ptr<storage::Store> Home::open_store(const std::stop_token& stop) const {
  return app::open_store(config_, http_, stop);
}

storage::Workspace& Home::workspace() {
  if (!workspace_) {
    workspace_ = std::make_unique<storage::Workspace>(workspace_of(config_), config_.workspace_budget);
  }
  return *workspace_;
}

jobs::LocalNodes Home::local_nodes() const {
  return jobs::LocalNodes(workspace_of(config_) / "nodes");
}

}  // namespace heaters::app

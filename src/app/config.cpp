#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "app/settings.h"
#include "base/ascii.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/redaction.h"

namespace heaters::app {

namespace {

std::string text_of(const toml::table& entry, const char* key, const toml::node& node,
                    const std::string& name) {
  const auto value = entry[key].value_exact<std::string>();
  if (!value || value->empty())
    refuse(name, node, fmt::format("cron.{} must be a text that is not empty", key));
  return *value;
}

// [[cron]]: name, schedule, queue, worker, args (JSON).
void apply_crontab(Config& config, const toml::node& node, const std::string& name) {
  const toml::array* entries = node.as_array();
  if (entries == nullptr) refuse(name, node, "cron must be given as [[cron]]");
  for (const toml::node& each : *entries) {
    const toml::table* entry = each.as_table();
    if (entry == nullptr) refuse(name, node, "cron must be given as [[cron]]");
    for (const auto& [key, value] : *entry) {
      const std::string_view known = key.str();
      if (known != "name" && known != "schedule" && known != "queue" && known != "worker" &&
          known != "args") {
        refuse(name, value, fmt::format("there is no setting \"cron.{}\"", known));
      }
    }
    jobs::NewJob job{.queue = text_of(*entry, "queue", each, name),
                     .worker = text_of(*entry, "worker", each, name)};
    if (entry->contains("args")) job.args_json = text_of(*entry, "args", each, name);
    if (!Json::parse(job.args_json, nullptr, false).is_object())
      refuse(name, each, "cron.args must be a JSON object");
    Json meta;
    meta["cron"] = true;
    meta["cron_name"] = text_of(*entry, "name", each, name);
    meta["cron_expr"] = text_of(*entry, "schedule", each, name);
    job.meta_json = meta.dump();
    config.crontab.push_back(
        {meta["cron_name"], jobs::CronExpression(meta["cron_expr"].get<std::string>()), job});
  }
}

// [pools.NAME]
void apply_pools(Config& config, const toml::node& node, const std::string& name) {
  const toml::table* const pools = node.as_table();
  if (pools == nullptr) refuse(name, node, "pools must be given as [pools.NAME]");
  for (const auto& [key, each] : *pools) {
    const toml::table* const entry = each.as_table();
    if (entry == nullptr) refuse(name, each, "pools must be given as [pools.NAME]");
    PoolConfig pool;
    pool.settings.name = key.str();
    const auto known = pool_setters(pool);
    for (const auto& [setting, value] : *entry) {
      const auto setter = known.find(std::string(setting.str()));
      if (setter == known.end())
        refuse(name, value, fmt::format("there is no setting \"pools.*.{}\"", setting.str()));
      setter->second(value, fmt::format("pools.{}.{}", key.str(), setting.str()), name);
    }
    const std::string_view of = key.str();
    // Names of workers have 63 characters at most, as Kubernetes wants it.
    constexpr std::size_t longest = 28;
    const bool is_name = !of.empty() && of.size() <= longest && of.front() != '-' && of.back() != '-' &&
                         of.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == of.npos;
    if (!is_name) refuse(name, each, "pools.NAME: up to 28 lower case letters, digits, and hyphens within");
    if (job_queues(pool.queues).empty())
      refuse(name, each, fmt::format("pools.{}.queues must say what its workers do", of));
    if (pool.settings.min > pool.settings.max)
      refuse(name, each, fmt::format("pools.{}.min is more than max", of));
    config.pools.push_back(pool);
  }
}

void apply_table(Config& config, const toml::table& table, const std::string& prefix,
                 const std::map<std::string, Setter>& known, const std::string& name) {
  for (const auto& [key, node] : table) {
    const std::string path = prefix + std::string(key.str());
    if (path == "cron") {
      apply_crontab(config, node, name);
      continue;
    }
    if (path == "pools") {
      apply_pools(config, node, name);
      continue;
    }
    if (const toml::table* inner = node.as_table()) {
      apply_table(config, *inner, path + ".", known, name);
      continue;
    }
    const auto setter = known.find(path);
    if (setter == known.end()) refuse(name, node, fmt::format("there is no setting \"{}\"", path));
    setter->second(node, path, name);
  }
}

// The sixth tab of each line of Netscape's format is followed by the value.
void declare_cookies(const std::filesystem::path& file) {
  std::istringstream lines(read_text_file(file));
  for (std::string line; std::getline(lines, line);) {
    const auto tab = line.rfind('\t');
    if (std::count(line.begin(), line.end(), '\t') == 6)
      add_secret(trimmed(std::string_view(line).substr(tab + 1)));
  }
}

// What the run knows and must not tell.
void declare_secrets(const Config& config) {
  for (const char* name :
       {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PGPASSWORD", "FLY_API_TOKEN"}) {
    if (const char* value = std::getenv(name); value != nullptr) add_secret(value);
  }
  add_secret(password_in_url(config.database_url));
  add_secret(password_in_url(config.acquire.proxy));
  for (const web::TokenHolder& holder : config.web.tokens) add_secret(holder.token);
  if (!config.acquire.cookies.empty()) declare_cookies(config.acquire.cookies);
  // "youtube:po_token=web.gvs+TOKEN": which of them are secret is not for us to know; long ones are.
  constexpr std::size_t longest_plain_value = 24;
  for (const std::string& text : config.acquire.extractor_args) {
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = std::min(text.find_first_of(":;,+=", begin), text.size());
      if (end - begin > longest_plain_value) add_secret(std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
    }
  }
}

}  // namespace

void apply_toml(Config& config, const std::string& toml_text, const std::string& name) {
  toml::table table;
  try {
    table = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("read \"{}\" line {}: {}", name, error.source().begin.line, error.description()));
  }
  apply_table(config, table, "", setters(config), name);
}

std::string settings_for_workers(const Config& config) {
  if (!config.file) return "";
  toml::table table = toml::parse(read_text_file(*config.file));
  for (const char* key : {"home", "database", "web", "pools", "cron", "prices"}) table.erase(key);
  if (toml::table* const acquire = table["acquire"].as_table()) {
    for (const char* key : {"cookies", "proxy", "extractor_args"}) acquire->erase(key);
  }
  if (table.empty()) return "";
  std::ostringstream text;
  text << table;
  return text.str();
}

std::vector<std::string> setting_names() {
  Config config;
  std::vector<std::string> names;
  for (const auto& [name, setter] : setters(config)) names.push_back(name);
  PoolConfig pool;
  for (const auto& [key, setter] : pool_setters(pool)) names.push_back("pools.NAME." + key);
  return names;
}

Config load_config(const std::optional<std::filesystem::path>& file) {
  Config config;
  const std::filesystem::path usual = "heaters.toml";
  std::error_code ignored;
  if (file && !std::filesystem::exists(*file, ignored)) {
    throw Error(ErrorKind::InvalidInput, fmt::format("read \"{}\": no such file", file->string()));
  }
  if (file || std::filesystem::exists(usual, ignored)) {
    const std::filesystem::path path = file.value_or(usual);
    apply_toml(config, read_text_file(path), path.string());
    config.file = path;
  }
  const auto from_environment = [](const char* variable, auto& setting) {
    if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') setting = value;
  };
  std::string settings;
  from_environment("HEATERS_SETTINGS", settings);
  if (!settings.empty()) apply_toml(config, settings, "HEATERS_SETTINGS");
  from_environment("HEATERS_HOME", config.home);
  from_environment("DATABASE_URL", config.database_url);
  from_environment("HEATERS_STORE", config.store);
  std::string log_format;
  from_environment("HEATERS_LOG_FORMAT", log_format);
  if (!log_format.empty()) {
    const auto format = parse_log_format(log_format);
    if (!format) throw Error(ErrorKind::InvalidInput, "read HEATERS_LOG_FORMAT: it must be text or json");
    config.log_format = *format;
  }
  std::string token;
  from_environment("HEATERS_TOKEN", token);
  if (!token.empty() && token.size() < web::shortest_token) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("read HEATERS_TOKEN: it must have {} characters or more", web::shortest_token));
  }
  if (!token.empty()) config.web.tokens.push_back({{"admin", web::Role::Admin}, token});
  declare_secrets(config);
  return config;
}

}  // namespace heaters::app

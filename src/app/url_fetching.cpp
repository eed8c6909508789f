#include "app/url_fetching.h"

#include <fmt/format.h>

#include <filesystem>
#include <mutex>

#include "app/python_workers.h"
#include "base/log.h"
#include "stages/url_source.h"

namespace heaters::app {

namespace fs = std::filesystem;

namespace {

net::AddressGuard guard(const Config& config) {
  return net::AddressGuard({.allow_private = config.acquire.allow_private_addresses,
                            .allowed_networks = config.acquire.allowed_networks});
}

std::uint64_t most_bytes(const Config& config) {
  return static_cast<std::uint64_t>(config.acquire.most_gib * 1024 * 1024 * 1024);
}

Json worker_configuration(const Config& config) {
  const AcquireSettings& acquire = config.acquire;
  Json json;
  json["guard"] = guard(config).rules();
  json["most_bytes"] = most_bytes(config);
  if (!acquire.proxy.empty()) json["proxy"] = acquire.proxy;
  if (!acquire.cookies.empty()) json["cookies"] = fs::absolute(acquire.cookies).string();
  if (acquire.rate_limit > 0) json["rate_limit"] = acquire.rate_limit;
  if (acquire.max_height > 0) json["max_height"] = acquire.max_height;
  if (!acquire.extractor_args.empty()) json["extractor_args"] = acquire.extractor_args;
  return json;
}

// Once is enough: every worker has the same.
void warn_of_another_version(const Json& hello) {
  static std::once_flag once;
  const Json& about = hello["tasks"][stages::yt_dlp_module];
  const std::string found = about.value("yt_dlp", "");
  const std::string pinned = about.value("pinned", "");
  if (found == pinned) return;
  std::call_once(once, [&] {
    log(LogLevel::Warning, "yt_dlp.another_version", {{"found", found}, {"pinned", pinned}});
  });
}

}  // namespace

net::DownloadOptions download_options(const Config& config) {
  return {.guard = guard(config), .proxy = config.acquire.proxy, .most_bytes = most_bytes(config)};
}

sidecar::PoolOptions worker_pool_options(const Config& config) {
  return {.command = {config.acquire.python, "-m", "heaters_worker", stages::yt_dlp_module},
          .environment = python_environment(config.acquire.python_path),
          .configuration = worker_configuration(config),
          .size = config.acquire.workers,
          .recycle_after = config.acquire.recycle_after,
          .recycle_bytes = config.acquire.recycle_bytes,
          .most_bytes = config.acquire.most_bytes,
          .on_hello = warn_of_another_version};
}

}  // namespace heaters::app

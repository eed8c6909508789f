#include "app/python_workers.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <limits>

#include "app/installed_folder.h"
#include "encoders/encoder.h"

namespace heaters::app {

namespace fs = std::filesystem;

namespace {

// All that a worker sees. Nothing here holds a credential.
constexpr std::array passed_on = {"PATH", "HOME",   "LANG",          "LC_ALL",      "LC_CTYPE",
                                  "TZ",   "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"};

}  // namespace

std::vector<std::string> python_environment(const fs::path& python_path) {
  std::vector<std::string> environment;
  for (const char* name : passed_on) {
    if (const char* value = std::getenv(name); value != nullptr)
      environment.push_back(fmt::format("{}={}", name, value));
  }
  std::string path = installed_folder("python", HEATERS_PYTHON_DIR).string();
  if (!python_path.empty()) path += ":" + python_path.string();
  environment.push_back("PYTHONPATH=" + path);
  return environment;
}

sidecar::PoolOptions encoder_pool_options(const Config& config) {
  const ModelSettings& models = config.models;
  // No guard's rules: nothing is connected to. A model is loaded once, so workers are not replaced for having
  // grown by it.
  return {.command = {models.python, "-m", "heaters_worker", encoders::encoder_module},
          .environment = python_environment(models.python_path),
          .configuration = {{"threads", models.threads}},
          .size = models.workers,
          .recycle_after = std::numeric_limits<int>::max(),
          .recycle_bytes = models.most_bytes,
          .most_bytes = models.most_bytes};
}

}  // namespace heaters::app

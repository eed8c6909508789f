#include "app/python_workers.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <limits>

#include "encoders/encoder.h"

namespace heaters::app {

namespace fs = std::filesystem;

namespace {

// All that a worker sees. Nothing here holds a credential.
constexpr std::array passed_on = {"PATH", "HOME",   "LANG",          "LC_ALL",      "LC_CTYPE",
                                  "TZ",   "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"};

// Installed beside the program, or in the source tree that it was built from.
fs::path worker_package() {
  std::error_code ignored;
  const fs::path installed =
      fs::read_symlink("/proc/self/exe", ignored).parent_path().parent_path() / "share/heaters/python";
  return fs::exists(installed / "heaters_worker", ignored) ? installed : fs::path(HEATERS_PYTHON_DIR);
}

}  // namespace

std::vector<std::string> python_environment(const fs::path& python_path) {
  std::vector<std::string> environment;
  for (const char* name : passed_on) {
    if (const char* value = std::getenv(name); value != nullptr)
      environment.push_back(fmt::format("{}={}", name, value));
  }
  std::string path = worker_package().string();
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

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "documents/metrics_text.h"

namespace heaters::app {

int run_metrics(const Config& config) {
  const auto home = Home::open(config);
  print(documents::metrics_text(*home->database, config.prices, HEATERS_VERSION));
  return 0;
}

}  // namespace heaters::app

#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "base/json.h"
#include "stages/gc.h"

namespace heaters::app {

int run_gc(const Config& config, const GcArguments& arguments) {
  const auto home = Home::open(config);
  const stages::Garbage garbage = stages::collect_garbage(
      *home->database, *home->store, std::chrono::duration_cast<std::chrono::seconds>(arguments.grace),
      arguments.is_dry_run);
  std::uint64_t bytes = 0;
  for (const auto& orphan : garbage.orphans) bytes += orphan.bytes;
  if (arguments.json) {
    Json json;
    json["dry_run"] = arguments.is_dry_run;
    json["orphans"] = Json::array();
    for (const auto& orphan : garbage.orphans) {
      json["orphans"].push_back(
          {{"key", orphan.key}, {"bytes", orphan.bytes}, {"modified", format_utc(orphan.modified)}});
    }
    json["orphan_bytes"] = bytes;
    json["leftovers"] = garbage.leftovers;
    json["missing"] = garbage.missing;
    print(json.dump(2) + "\n");
    return 0;
  }
  std::string text;
  for (const auto& orphan : garbage.orphans)
    text += fmt::format("orphan   {:>12}  {}\n", orphan.bytes, orphan.key);
  for (const std::string& leftover : garbage.leftovers) text += fmt::format("leftover {}\n", leftover);
  for (const std::string& key : garbage.missing)
    text += fmt::format("missing  {} (named in the catalog, not in the store)\n", key);
  text +=
      fmt::format("{} {} orphans, {} bytes, and {} leftovers{}\n", arguments.is_dry_run ? "found" : "removed",
                  garbage.orphans.size(), bytes, garbage.leftovers.size(),
                  arguments.is_dry_run && garbage.orphans.size() + garbage.leftovers.size() > 0
                      ? "; `heaters gc --delete` removes them"
                      : "");
  print(text);
  return 0;
}

}  // namespace heaters::app

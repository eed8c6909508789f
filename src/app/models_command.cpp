#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "catalog/models.h"
#include "documents/model_document.h"

namespace heaters::app {

int run_models_list(const Config& config, const ModelsArguments& arguments) {
  const auto home = Home::open(config);
  const Json list = documents::models_json(*home->database);
  if (arguments.json) {
    print(list.dump(2) + "\n");
    return 0;
  }
  for (const Json& model : list) {
    print(fmt::format("{} {:<24} {:>8} clips, {} missing  {:<9} {}\n", model["is_default"] ? "*" : " ",
                      model["name"].get<std::string>(), model["embedded_clips"].get<std::int64_t>(),
                      model["missing_clips"].get<std::int64_t>(), model["strategy"].get<std::string>(),
                      model["has_text"] ? "pictures and words" : "pictures"));
  }
  return 0;
}

int run_models_default(const Config& config, const ModelsArguments& arguments) {
  const auto home = Home::open(config);
  const bool is_looks = arguments.name == catalog::Models::looks;
  db::Transaction transaction(*home->database);
  catalog::Models(*home->database)
      .make_default(is_looks ? std::nullopt : std::optional<std::string>(arguments.name));
  transaction.commit();
  return 0;
}

int run_models_remove(const Config& config, const ModelsArguments& arguments) {
  const auto home = Home::open(config);
  db::Transaction transaction(*home->database);
  catalog::Models(*home->database).remove(arguments.name);
  transaction.commit();
  return 0;
}

}  // namespace heaters::app

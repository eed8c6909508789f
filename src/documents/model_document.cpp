#include "documents/model_document.h"

#include "catalog/models.h"
#include "stages/search_model.h"

namespace heaters::documents {

namespace {

Json model_json(catalog::Models& models, const stages::SearchModel& model, bool is_default) {
  const catalog::EmbeddingCounts counts = models.counts(model.kind);
  return {{"name", model.name},
          {"model", model.kind.model},
          {"strategy", model.kind.strategy},
          {"dimensions", model.dimensions},
          {"has_text", model.has_text},
          {"is_default", is_default},
          {"embedded_clips", counts.embedded},
          {"missing_clips", counts.missing}};
}

}  // namespace

Json models_json(db::Database& database) {
  catalog::Models models(database);
  const std::string default_name = stages::find_search_model(database, std::nullopt).name;
  Json list = Json::array();
  const auto add = [&](const std::string& name) {
    list.push_back(model_json(models, stages::find_search_model(database, name), name == default_name));
  };
  add(std::string(catalog::Models::looks));
  for (const catalog::Model& model : models.list()) add(model.name);
  return list;
}

}  // namespace heaters::documents

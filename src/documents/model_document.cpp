#include "documents/model_document.h"

#include "catalog/models.h"
#include "stages/search_model.h"

namespace heaters::documents {

namespace {

Json model_json(catalog::Embeddings& embeddings, const catalog::Model& model) {
  const catalog::EmbeddingCounts counts = embeddings.counts(model.kind);
  return {{"name", model.name},
          {"model", model.kind.model},
          {"strategy", model.kind.strategy},
          {"dimensions", model.dimensions},
          {"has_text", model.has_text},
          {"is_default", model.is_default},
          {"embedded_clips", counts.embedded},
          {"missing_clips", counts.missing}};
}

}  // namespace

Json models_json(db::Database& database) {
  catalog::Embeddings embeddings(database);
  Json list = Json::array();
  list.push_back(model_json(embeddings, stages::find_model(database, std::string(catalog::Models::looks))));
  for (const catalog::Model& model : catalog::Models(database).list()) {
    list.push_back(model_json(embeddings, model));
  }
  return list;
}

}  // namespace heaters::documents

#include "documents/export_document.h"

#include "catalog/catalog.h"

namespace heaters::documents {

Json export_json(db::Database& database, const catalog::Export& exported, const media::FrameTable& table) {
  const auto artifact =
      exported.artifact_key ? catalog::Catalog(database).find_artifact(*exported.artifact_key) : std::nullopt;
  Json json;
  json["export_id"] = exported.id.text();
  json["video_id"] = exported.video_id.text();
  json["begin_frame"] = exported.span.begin;
  json["end_frame"] = exported.span.end;
  json["begin_time"] = table.seconds(exported.span.begin);
  json["end_time"] = table.seconds(exported.span.end);
  json["preset"] = exported.preset;
  json["settings"] = exported.settings;
  json["state"] = exported.state;
  json["requested_at"] = exported.requested_at;
  json["key"] = artifact ? Json(artifact->key) : Json(nullptr);
  json["bytes"] = artifact ? Json(artifact->bytes) : Json(nullptr);
  json["storage_class"] = artifact ? Json(artifact->storage_class) : Json(nullptr);
  json["sha256"] = artifact ? Json(artifact->sha256) : Json(nullptr);
  json["report"] = exported.report ? Json::parse(*exported.report) : Json(nullptr);
  if (exported.error) {
    json["error"]["kind"] = exported.error_kind.value_or("internal");
    json["error"]["message"] = *exported.error;
  } else {
    json["error"] = nullptr;
  }
  return json;
}

}  // namespace heaters::documents

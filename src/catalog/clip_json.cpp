#include "catalog/clip_json.h"

#include "base/error.h"

namespace heaters::catalog {

Json clip_json(const Clip& clip) {
  Json json;
  json["clip_id"] = clip.id.text();
  json["begin_frame"] = clip.span.begin;
  json["end_frame"] = clip.span.end;
  json["begin_kind"] = clip.begin_kind;
  json["score"] = or_null(clip.score);
  json["decision"] = clip.decision ? Json(to_string(*clip.decision)) : Json(nullptr);
  json["is_grouped"] = clip.is_grouped;
  return json;
}

Clip parse_clip(const Json& json) {
  const auto id = ClipId::parse(json.at("clip_id").get<std::string>());
  if (!id) throw Error(ErrorKind::Corrupt, "read a clip: it has no id");
  Clip clip{.id = *id, .span = {json.at("begin_frame"), json.at("end_frame")}};
  clip.begin_kind = json.at("begin_kind");
  if (!json.at("score").is_null()) clip.score = json.at("score").get<double>();
  if (!json.at("decision").is_null()) clip.decision = parse_decision(json.at("decision").get<std::string>());
  clip.is_grouped = json.at("is_grouped");
  return clip;
}

}  // namespace heaters::catalog

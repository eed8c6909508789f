#include "review/change.h"

#include "base/error.h"

namespace heaters::review {

namespace {

std::optional<catalog::Clip> parse_clip(const Json& json) {
  if (json.is_null()) return std::nullopt;
  const auto id = catalog::ClipId::parse(json.at("clip_id").get<std::string>());
  if (!id) throw Error(ErrorKind::Corrupt, "read a decision: a clip has no id");
  catalog::Clip clip{.id = *id, .span = {json.at("begin_frame"), json.at("end_frame")}};
  clip.begin_kind = json.at("begin_kind");
  if (!json.at("score").is_null()) clip.score = json.at("score").get<double>();
  if (!json.at("decision").is_null()) {
    clip.decision = catalog::parse_decision(json.at("decision").get<std::string>());
  }
  clip.is_grouped = json.at("is_grouped");
  return clip;
}

}  // namespace

std::vector<Change> inverse(const std::vector<Change>& changes) {
  std::vector<Change> turned;
  turned.reserve(changes.size());
  for (const Change& change : changes) turned.push_back({change.after, change.before});
  return turned;
}

Json clip_json(const catalog::Clip& clip) {
  Json json;
  json["clip_id"] = clip.id.text();
  json["begin_frame"] = clip.span.begin;
  json["end_frame"] = clip.span.end;
  json["begin_kind"] = clip.begin_kind;
  json["score"] = or_null(clip.score);
  json["decision"] = clip.decision ? Json(catalog::to_string(*clip.decision)) : Json(nullptr);
  json["is_grouped"] = clip.is_grouped;
  return json;
}

std::string changes_json(const std::vector<Change>& changes) {
  Json json = Json::array();
  for (const Change& change : changes) {
    json.push_back({{"before", change.before ? clip_json(*change.before) : Json(nullptr)},
                    {"after", change.after ? clip_json(*change.after) : Json(nullptr)}});
  }
  return json.dump();
}

std::vector<Change> parse_changes(const std::string& json) {
  try {
    std::vector<Change> changes;
    for (const Json& each : Json::parse(json)) {
      changes.push_back({parse_clip(each.at("before")), parse_clip(each.at("after"))});
    }
    return changes;
  } catch (const Json::exception& exception) {
    throw Error(ErrorKind::Corrupt, std::string("read a decision: ") + exception.what());
  }
}

}  // namespace heaters::review

#include "review/change.h"

#include "base/error.h"
#include "catalog/clip_json.h"

namespace heaters::review {

namespace {

Json clip_or_null(const std::optional<catalog::Clip>& clip) {
  return clip ? catalog::clip_json(*clip) : Json(nullptr);
}

std::optional<catalog::Clip> parse_clip(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(catalog::parse_clip(json));
}

}  // namespace

std::vector<Change> inverse(const std::vector<Change>& changes) {
  std::vector<Change> turned;
  turned.reserve(changes.size());
  for (const Change& change : changes) turned.push_back({change.after, change.before});
  return turned;
}

std::string changes_json(const std::vector<Change>& changes) {
  Json json = Json::array();
  for (const Change& change : changes) {
    json.push_back({{"before", clip_or_null(change.before)}, {"after", clip_or_null(change.after)}});
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

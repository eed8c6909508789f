#include "documents/search_document.h"

#include "catalog/catalog.h"
#include "storage/keys.h"

namespace heaters::documents {

const SearchDocument::Known* SearchDocument::find(const catalog::VideoId& id) {
  auto known = known_.find(id.text());
  if (known == known_.end()) {
    std::optional<Known> read;
    if (auto video = catalog::Catalog(sources_.database).find(id)) {
      auto table = media::FrameTable::decode(
          sources_.workspace.read(sources_.store, storage::video_key(id.text(), "frames.hft")));
      read = Known{*std::move(video), std::move(table)};
    }
    known = known_.emplace(id.text(), std::move(read)).first;
  }
  return known->second ? &*known->second : nullptr;
}

Json SearchDocument::hit_json(const search::ClipHit& hit) {
  const auto clip = catalog::Catalog(sources_.database).find_clip(hit.clip.clip_id);
  const Known* const known = clip ? find(clip->video_id) : nullptr;
  if (known == nullptr) return nullptr;
  Json json = clip_json(clip->clip, known->table);
  json["video_id"] = clip->video_id.text();
  json["title"] = known->video.title;
  json["proxy_time"] = known->video.start_seconds + known->video.proxy_shift_seconds;
  json["likeness"] = hit.likeness;
  return json;
}

Json SearchDocument::hits_json(const std::vector<search::ClipHit>& hits) {
  Json list = Json::array();
  for (const search::ClipHit& hit : hits) {
    Json json = hit_json(hit);
    if (!json.is_null()) list.push_back(std::move(json));
  }
  return list;
}

Json SearchDocument::cluster_json(const search::ClipCluster& cluster) {
  Json json;
  json["keeper"] = hit_json(cluster.clips.front());
  json["duplicates"] = hits_json({cluster.clips.begin() + 1, cluster.clips.end()});
  return json;
}

}  // namespace heaters::documents

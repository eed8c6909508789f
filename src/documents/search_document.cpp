#include "documents/search_document.h"

#include "catalog/catalog.h"

namespace heaters::documents {

Json SearchDocument::hit_json(const search::ClipHit& hit) {
  const auto clip = catalog::Catalog(videos_.sources().database).find_clip(hit.clip.clip_id);
  const KnownVideos::Known* const known = clip ? videos_.find(clip->video_id) : nullptr;
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

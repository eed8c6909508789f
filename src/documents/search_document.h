#pragma once

#include "base/json.h"
#include "documents/known_videos.h"
#include "search/clip_search.h"

namespace heaters::documents {

// What search found, as JSON: one for each answer.
class SearchDocument {
 public:
  explicit SearchDocument(const Sources& sources) : videos_(sources) {}

  // The clip, its video's title, and how alike it is; null when it is gone by now.
  Json hit_json(const search::ClipHit& hit);
  Json hits_json(const std::vector<search::ClipHit>& hits);
  // A group: "keeper" and "duplicates".
  Json cluster_json(const search::ClipCluster& cluster);

 private:
  KnownVideos videos_;
};

}  // namespace heaters::documents

#pragma once

#include <map>
#include <optional>

#include "base/json.h"
#include "documents/video_document.h"
#include "search/clip_search.h"

namespace heaters::documents {

// What search found, as JSON. Keeps what it read of each video, for the hits of one answer.
class SearchDocument {
 public:
  explicit SearchDocument(const Sources& sources) : sources_(sources) {}

  // The clip, its video's title, and how alike it is; null when it is gone by now.
  Json hit_json(const search::ClipHit& hit);
  Json hits_json(const std::vector<search::ClipHit>& hits);
  // A group: "keeper" and "duplicates".
  Json cluster_json(const search::ClipCluster& cluster);

 private:
  struct Known {
    catalog::Video video;
    media::FrameTable table;
  };
  const Known* find(const catalog::VideoId& id);

  Sources sources_;
  std::map<std::string, std::optional<Known>> known_;
};

}  // namespace heaters::documents

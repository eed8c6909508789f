#include "documents/known_videos.h"

#include "catalog/catalog.h"
#include "storage/keys.h"

namespace heaters::documents {

const KnownVideos::Known* KnownVideos::find(const catalog::VideoId& id) {
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

}  // namespace heaters::documents
